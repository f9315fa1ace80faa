"""Patients fitted to recorded cases: what makes their index, jointly over inductions, maintenance and emergence."""
