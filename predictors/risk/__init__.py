"""Risk of what becomes of people during surgery and after: one network a file."""
