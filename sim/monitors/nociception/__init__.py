"""Indices of nociception that monitors compute from the pulse."""
