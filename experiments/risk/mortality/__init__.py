"""Death after surgery: recorded tables, and what is shown of an hour."""
