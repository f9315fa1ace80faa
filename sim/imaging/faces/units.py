"""Action units of the face and what is read of them: the pain intensity of Prkachin and Solomon (PSPI).

Prkachin and Solomon, Pain 2008;139:267: PSPI = AU4 + max(AU6, AU7) + max(AU9, AU10) + AU43, of units coded in whole
numbers from 0 to 5, closed eyes (AU43) as 0 or 1: 0 to 16.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from sim.randomness import uniforms

Units = Mapping[str, Tensor]  # name -> how strong, 0 to 5, AU43 0 to 1; all of one shape
STRONGEST = 5.0
GRADED = "AU4", "AU6", "AU7", "AU9", "AU10"  # of pain, beside closed eyes
OTHERS = "AU1", "AU2", "AU5", "AU12", "AU25"  # raised brows, wide eyes, smile, speech
LEVELS = 1, 3, 6  # PSPI from which pain is slight, moderate, strong (choice)
SLIPS = 0.1  # of a coder's units are off by one (choice)


def coded(units: Units) -> dict[str, Tensor]:
    """Return the units of pain as whole numbers."""
    return {name: units[name].round() for name in (*GRADED, "AU43")}


def pspi(units: Units) -> Tensor:
    """Return the pain intensity, 0 to 16, of coded units."""
    cheek = torch.maximum(units["AU6"], units["AU7"])
    nose = torch.maximum(units["AU9"], units["AU10"])
    return units["AU4"] + cheek + nose + units["AU43"]


def slipped(keys: Tensor, units: Units) -> dict[str, Tensor]:
    """Return what a coder writes down, who is off by one now and then, never in eyes.

    Args:
        keys: (images,) of chance.
        units: coded, each (images,) or (images, frames); one coder makes the same slips all through a film.
    """
    chance = uniforms(keys, "coder", 0, 2 * len(GRADED), torch.zeros((), device=keys.device))
    written = dict(units)
    for number, name in enumerate(GRADED):
        off = (chance[2 * number] < SLIPS) * torch.where(chance[2 * number + 1] < 0.5, -1.0, 1.0)
        seen = units[name] > 0.0  # nobody codes what does not move at all
        off = off.reshape(-1, *(1,) * (units[name].ndim - 1))
        written[name] = torch.where(seen, (units[name] + off).clamp(0.0, STRONGEST), units[name])
    return written
