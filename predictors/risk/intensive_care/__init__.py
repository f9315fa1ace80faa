"""Charts of intensive care read: values at odd hours, what they say of complications, hour by hour."""
