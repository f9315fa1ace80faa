"""Pitfalls of what is counted, when and how often."""
