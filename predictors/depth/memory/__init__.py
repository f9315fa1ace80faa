"""What predictors of depth carry from reading to reading: doses, the index, the other vital signs, a hidden state."""
