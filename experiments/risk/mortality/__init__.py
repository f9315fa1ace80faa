"""Death after surgery: recorded tables, what is shown of an hour, and how shipped weights are judged."""
