"""What makes pain hard to see in a drawn face: the same network where one thing at a time is missing."""
