"""Networks that look at images, one published system a file; what they share beside them."""
