"""Faces drawn from action units: people, pain, what else moves a face, light and pose. Nothing here is a real face."""
