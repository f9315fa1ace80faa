"""Where cases come from, simulated and recorded, in one schema."""
