"""Arms compared with each other: patients and training seeds drawn again, every pair, profiles of all patients."""
