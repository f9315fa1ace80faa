"""What follows after surgery."""
