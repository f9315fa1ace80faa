"""Stays in intensive care as cases, simulated or from a folder; rules and scores of the bedside; tables of a page."""
