"""Agents that plan: what pumps would give, what a move is worth, the best of those tried."""
