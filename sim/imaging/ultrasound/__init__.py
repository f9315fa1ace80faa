"""The physics of ultrasound images, once for all anatomies: (images, rows, beams), on any device of torch.

Everything is demodulated, so there is no carrier and pixels of about a wavelength are fine enough.
"""
