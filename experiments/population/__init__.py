"""Simulated beside recorded cases: every quantity of both by the same code, and whether one can tell them apart."""
