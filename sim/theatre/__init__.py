"""The operating room: one turn of the loop, whole cases, and what is kept of them."""

from sim.theatre.loop import Case, Theatre, TheatreState, Turn, admit, begin, lost, struck, turn

__all__ = ["Case", "Theatre", "TheatreState", "Turn", "admit", "begin", "lost", "struck", "turn"]
