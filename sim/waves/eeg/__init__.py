"""Synthetic EEG of one frontal channel: a brain, its silences, muscles, and what disturbs the electrodes."""
