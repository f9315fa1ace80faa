"""Controllers: PID, planning with a model, and what can be put around any agent."""
