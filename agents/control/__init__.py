"""Controllers: PID, and looking ahead with a model."""
