"""Recorded EEG read from the field's files, and listened to second by second."""
