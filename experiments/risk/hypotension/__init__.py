"""Hypotension foreseen: sites, recorded cases, scores, pages, and what it is worth in the loop."""
