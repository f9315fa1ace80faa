"""The monitor of depth that hears the EEG: what spoils it, what is computed of the rest, and what is shown."""
