"""Stays in intensive care as cases; rules and scores of the bedside."""
