"""Methods that look at images without a network: what any network has to be better than."""
