"""Phantoms with exact answers: ultrasound of anatomies, and faces. Nothing here shows clinical accuracy."""
