"""How a closed-loop evaluation is read: verdicts, tables and figures made from its files."""
