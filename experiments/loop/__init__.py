"""The closed loop, patient by patient: who takes part, and the parts it is simulated in."""
