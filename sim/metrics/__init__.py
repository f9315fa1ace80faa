"""How a case is judged."""
