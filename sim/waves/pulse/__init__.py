"""The pulse as it can be heard: one heart's beats, and the three waves that follow from each of them."""
