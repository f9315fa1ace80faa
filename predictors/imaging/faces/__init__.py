"""Networks and features that read pain from faces, one published design a file."""
