"""Trackers without a network."""
