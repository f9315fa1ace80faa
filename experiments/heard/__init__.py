"""How depth that was heard in the EEG is judged and drawn."""
