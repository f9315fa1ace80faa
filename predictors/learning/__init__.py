"""What everything that learns shares: cases, descent, weights, measures."""
