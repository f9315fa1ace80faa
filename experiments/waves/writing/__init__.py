"""Simulated cases written as the files that the field's own tools open."""
