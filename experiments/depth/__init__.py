"""Predictions of the depth of anesthesia, judged: scores by subset, alarms, tables, a page."""
