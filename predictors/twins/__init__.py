"""A patient fitted to a record: who it may be, what the record says of it, and what it would do next."""
