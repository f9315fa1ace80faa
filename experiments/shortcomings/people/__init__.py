"""Pitfalls of who is learned from and who is judged: few, unlike, wrongly labelled, treated."""
