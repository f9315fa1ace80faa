"""Risks foreseen: one published system a folder or file."""
