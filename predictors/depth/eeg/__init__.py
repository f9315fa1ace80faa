"""Depth heard in the EEG: what is computed of five seconds of it, and who learns depth from that."""
