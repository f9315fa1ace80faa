"""What recorded pumps gave, what they showed of their own models, and what they would have given for a target."""
