"""Digital twins: patients fitted to the first part of a record, judged on the rest of it, and treated by agents."""
