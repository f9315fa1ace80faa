"""Networks that learn to follow from other films, and stay as they are while following."""
