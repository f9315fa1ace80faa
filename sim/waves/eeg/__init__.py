"""What a brain sounds like at one frontal channel, 128 samples a second, µV: see `sim.waves.eeg.generator`."""
