"""Pain from the pulse wave, after Lim H, Sensors 2019;19:384: belief networks, side by side in bags."""
