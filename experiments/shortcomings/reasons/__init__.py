"""What explanations of networks and trees are worth where the true reasons are known."""
