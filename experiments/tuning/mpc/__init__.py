"""How the predictive controller is tuned: its people by their likelihood, its prices in closed loops."""
