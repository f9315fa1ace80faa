"""The synthetic waveforms, made to mean what they should and laid beside recorded ones."""
