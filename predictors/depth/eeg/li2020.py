"""Li, Front Neurosci 2020;14:26: depth from EEG by features, a stacked denoising auto-encoder and an LSTM; and without.

Its headline is the prediction probability Pk; the accuracy of four levels is known from a review only.
"""

from __future__ import annotations

from predictors.depth.eeg.network import Recurrent
from predictors.learning.contract import Published


class Li2020(Recurrent):
    """Depth from EEG (Li 2020): twelve features, a denoising auto-encoder, long short-term memory over a minute."""

    name = "li2020"
    encoder = True
    published = (Published("accuracy of four levels", 0.8556, "a review of Front Neurosci 2020;14:26"),)


class WithoutEncoder(Recurrent):
    """The same without the auto-encoder: long short-term memory over the features themselves."""

    name = "eeg_lstm"
    encoder = False


LI2020, EEG_LSTM = Li2020(), WithoutEncoder()
