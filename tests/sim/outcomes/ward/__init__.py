"""Tests of the ward."""
