"""One published system a file: who generates people, who learns, what the paper prints."""
