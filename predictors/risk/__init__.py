"""Risks foreseen: hypotension, kidneys, complications, arrest, rhythm, death."""
