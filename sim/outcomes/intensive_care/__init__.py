"""Two days in intensive care after cardiac surgery: bleeding, kidneys that fail, death, and what is charted of them."""
