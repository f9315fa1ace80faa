"""Anatomies, one a file: what lies where, as distances in millimetres, so that every label is exact."""
