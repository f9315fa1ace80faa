"""Images in the loop: what somebody, or a network, sees in one decides what is done, and that what patients feel."""
