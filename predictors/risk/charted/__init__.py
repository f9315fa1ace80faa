"""Charts read as they are written, values at odd hours: what they say of harm to come, row by row."""
