"""What is believed of a patient: extended Kalman filters, one or a bank, over depth and pressure."""
