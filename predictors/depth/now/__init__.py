"""The index now, from doses and demographics alone, and from what else the room shows."""
