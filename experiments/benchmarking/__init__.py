"""What the benchmark times, and how far engines agree."""
