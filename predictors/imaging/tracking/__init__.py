"""Trackers: from a film and the nerve's box in its first frame to a box in each frame.

A tracker takes films (films, frames, height, width), 0 to 1, and first boxes (films, 4), pixels: x and z of the middle,
width and height. It returns (films, frames, 4). No frame is seen before its time.
"""
