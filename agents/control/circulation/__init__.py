"""Norepinephrine by a loop on the pressure, on that of now or on what is foreseen."""
