"""The study of pain from the pulse wave: contenders, folds, scores and pages of `python -m experiments.pain`."""
