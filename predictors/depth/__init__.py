"""Depth of anesthesia: the index now, and minutes ahead."""
