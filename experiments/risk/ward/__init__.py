"""Agents compared by expected harm: whom they met, what harm is expected, how that hangs on each assumption, a page."""
