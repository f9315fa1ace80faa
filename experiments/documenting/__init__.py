"""What the pages of docs/ have that is made and not written: results, commands, models, names."""
