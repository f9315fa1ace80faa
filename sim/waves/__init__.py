"""What can be heard of a patient: waveforms, each driven by the same drugs, surgery and circulation as all else."""

from sim.registry import Registry

WAVES = Registry("wave")
