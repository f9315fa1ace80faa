"""What can be heard of a patient: waveforms, each driven by the same drugs, surgery and circulation as all else.

An entry is called with whether artefacts disturb it, and returns a `sim.waves.wave.Wave`. To come:
ecg, ppg and pressure.
"""

from sim.registry import Registry

WAVES = Registry("wave", eeg="sim.waves.eeg.generator:EEG")
