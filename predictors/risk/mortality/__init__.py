"""Death after surgery foreseen: from what is known before, and from the last hour of signs."""
