"""What can be computed from waveforms, by monitors and predictors alike: pure functions, patients last."""
