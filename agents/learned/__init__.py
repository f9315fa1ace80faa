"""Policies that learned from rewards or from records, as they run."""
