"""What can be heard of a patient: waveforms, each driven by the same drugs, surgery and circulation as all else.

An entry is called with whether artefacts disturb it, and returns a `sim.waves.wave.Wave`.
"""

from sim.registry import Registry

_PULSE = "sim.waves.pulse.playing:"

WAVES = Registry(
    "wave",
    eeg="sim.waves.eeg.generator:EEG",
    ecg=f"{_PULSE}electrocardiogram",
    ppg=f"{_PULSE}photoplethysmogram",
    pressure=f"{_PULSE}arterial_pressure",
)
