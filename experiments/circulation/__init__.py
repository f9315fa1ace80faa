"""Fitting the circulation to recorded cases: what was seen, the doses given again, the search."""
