"""What depth predictors learned, beside the simulated patients' own."""
