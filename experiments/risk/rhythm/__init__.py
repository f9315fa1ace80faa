"""Kinds of heart beats told apart, on people and on beats left out: `python -m experiments.risk.rhythm`."""
