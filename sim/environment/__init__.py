"""The ward as a learning problem: Gymnasium environments over the theatre."""
