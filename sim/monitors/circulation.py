"""Pressure and heart rate as monitors show them: arterial line every reading, cuff every few minutes."""

from __future__ import annotations

from sim.monitors.noise import ColouredNoise

CUFF_SD = 4.0  # mmHg, oscillometric error (choice, within the 8 mmHg that ISO 81060-2 allows)


def pressure_noise(interval: float) -> ColouredNoise:
    """Noise of the arterial line, fitted to a recording (PAS 2): SD 2.1 mmHg, autocorrelation 0.96 at 10 s."""
    return ColouredNoise(sd=2.1, damping=2.0, cutoff=0.01, interval=interval)


def heart_rate_noise(interval: float) -> ColouredNoise:
    """Noise of the shown heart rate, fitted to a recording (PAS 2): SD 1.7 /min, autocorrelation 0.83 at 10 s."""
    return ColouredNoise(sd=1.7, damping=10.0, cutoff=0.02, interval=interval)
