"""How agents come by their settings: one script an agent."""
