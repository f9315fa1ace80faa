"""Weeks on a general ward as cases, and the score of the bedside."""
