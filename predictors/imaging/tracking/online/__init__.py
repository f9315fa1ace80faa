"""Networks, or layers of them, that learn from the film they follow."""
