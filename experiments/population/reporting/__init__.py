"""What is written down of a comparison: its tables, its report, its pictures."""
