"""Charts of wards judged: who foresees what from them, how early, and at what price in false alarms."""
