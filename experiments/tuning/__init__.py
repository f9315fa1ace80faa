"""How agents, patients and monitors come by their settings: one script each, and what they share."""
