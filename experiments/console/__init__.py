"""A case in your own hands: a local page with monitor, pumps, agents to ask and to hand over to, faults and a score."""
