"""How the predictive controller is tuned: its people by likelihood, its prices in closed loops."""
