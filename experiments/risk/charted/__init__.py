"""Those who read charts, judged: who foresees what, how early, and at what price in false alarms."""
