"""Agents on named plants: baselines tuned on those for training, patients learned from recordings."""
