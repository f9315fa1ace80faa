"""Whether a nerve that was lost is found again: by who lost it, and after contact was lost over it."""

from __future__ import annotations

import torch
from torch import Tensor

from experiments.imaging.contract import Said
from experiments.imaging.films import SUCCESS, overlap
from sim.imaging.phantoms import Phantoms

SOON = 10  # frames within which it is to be found again


def lost(said: Said, films: Phantoms) -> Tensor:
    """Return whether boxes shared nothing with the nerve in any frame that shows it, (films,), 1 or 0."""
    return (overlap(said, films) == 0.0).any(1).float()


def found(said: Said, films: Phantoms) -> Tensor:
    """Return whether it was followed again soon after it was first lost, (films,); NaN where it was not."""
    over = overlap(said, films)
    gone = over == 0.0
    return _followed(over, gone.int().argmax(1), gone.any(1))


def back(said: Said, films: Phantoms) -> Tensor:
    """Return whether it was followed soon after contact returned, (films,); NaN where contact was never lost."""
    hidden = films.truth["hidden"]
    frames = torch.arange(hidden.shape[1], device=hidden.device)
    return _followed(overlap(said, films), (frames * hidden).amax(1), hidden.any(1))


def _followed(over: Tensor, since: Tensor, counts: Tensor) -> Tensor:
    """Return whether there was any frame with enough overlap among those soon after a frame, (films,)."""
    frames = torch.arange(over.shape[1], device=over.device)
    soon = (frames > since[:, None]) & (frames <= since[:, None] + SOON)
    return torch.where(counts, ((over > SUCCESS) & soon).any(1).to(over), torch.nan)
