"""Intensive care: stays, who foresees what from their charts, how early, and at what price in false alarms."""
