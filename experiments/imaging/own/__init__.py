"""Somebody's own images: a folder of png files, or of films, with a json file for each that says what is there."""
