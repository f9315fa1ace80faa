"""Published benchmark protocols: their plants, loops and scores."""
