"""Signals read from one channel of EEG, 128 samples a second, µV."""

RATE = 128  # samples a second
