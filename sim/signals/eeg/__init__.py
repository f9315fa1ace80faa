"""Signals read from one channel of EEG, 128 samples a second, µV."""

from sim.arrays import Array

RATE = 128  # samples a second


def whole_seconds(eeg: Array) -> int:
    """Return how many seconds a block of EEG has.

    Raises:
        ValueError: where it is not (128 x seconds, patients) of at least one second.
    """
    if eeg.ndim != 2 or not len(eeg) or len(eeg) % RATE:
        raise ValueError(f"eeg: shape {eeg.shape} is not allowed; (128 x seconds, patients)")
    return len(eeg) // RATE
