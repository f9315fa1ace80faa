"""Hypotension: when it comes, what is shown of a case, and who foresees it."""
