"""Real recordings: reading them, replaying their infusions, summarising how people dosed."""
