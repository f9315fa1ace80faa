"""Learning to dose by rewards: the patients as a learner meets them, algorithms, curves, and what is kept of them."""
