"""Perioperative risks foreseen: recorded cases, generators, scores and what they are worth."""
