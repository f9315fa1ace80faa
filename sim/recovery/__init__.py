"""The hours after emergence: how much patients hurt, what fentanyl leaves of it, and what it costs. Declared."""
