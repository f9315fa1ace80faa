"""Anaesthetists: by the textbook, by a rate card, and as recorded ones worked."""
