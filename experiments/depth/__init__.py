"""Predicting the depth of anesthesia: cases of both worlds, training, scores, warnings, what the networks learned."""
