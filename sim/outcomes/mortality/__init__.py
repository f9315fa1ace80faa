"""Death after surgery: frailty known before, an hour of vital signs, and a sag whose order alone matters."""
