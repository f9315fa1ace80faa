"""Agents when something goes wrong: campaigns of faults against the same cases without, and a search for the worst."""
