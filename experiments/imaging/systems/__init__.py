"""Image systems, one a file: phantoms, learners, measures and what was printed, as data."""
