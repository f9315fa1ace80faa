"""Signals read from the pulse: where its beats are, and what each looks like."""
