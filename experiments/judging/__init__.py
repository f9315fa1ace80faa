"""What may be claimed: intervals over patients, paired differences, splits, verdicts."""
