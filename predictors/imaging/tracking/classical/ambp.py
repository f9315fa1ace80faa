"""A particle filter on adaptive median binary patterns (Alkhatib, Comput Methods Programs Biomed 2018;160:129).

Many boxes guess where the nerve went; each counts by how alike its histogram of patterns is to the first frame's
(Bhattacharyya, as Pérez, ECCV 2002); a Kalman filter of constant velocity smooths their mean and says where guesses
begin. Of the paper the abstract is known: numbers are ours.
"""

from __future__ import annotations

import torch
from torch import Tensor

from predictors.imaging.tracking.classical.patterns import histograms, sums
from predictors.imaging.tracking.particles import Particles
from predictors.imaging.tracking.windows import blurred

PARTICLES = 200
BLUR = 2.5  # SD, pixels, of what patterns are taken of: of speckle they would say nothing else (ours)
CELLS, TIMES = 3, 3.0  # histograms along a side, and boxes that they cover: where patterns lie counts (ours)
STEP = 1.2, 0.8, 0.01  # SD of a guess: pixels aside and below, share of the size
ALIKE = 0.005  # of one minus Bhattacharyya's coefficient: what makes a guess e times less likely
ACCELERATION, SEEN = 0.3, 1.0  # SDs of the Kalman filter: pixels a frame, and of what particles say


def pf_ambp(films: Tensor, first: Tensor, seed: int = 0) -> Tensor:
    """Return boxes; see `predictors.imaging.tracking`. `seed` is of the guesses."""
    smooth = blurred(films, BLUR)
    model = _described(sums(smooth[:, 0]), first[:, None])
    particles, belief, said = Particles(first, PARTICLES, STEP, seed), Belief(first[:, :2]), [first]
    for frame in smooth.unbind(1)[1:]:
        guesses = particles.moved(belief.velocity[:, None])
        alike = (_described(sums(frame), guesses) * model).sqrt().sum(-1).mean(2)
        mean = particles.weighed((alike - 1.0) / ALIKE)
        belief.update(mean[:, :2])
        said.append(torch.cat([belief.place, mean[:, 2:]], dim=1))
    return torch.stack(said, dim=1)


class Belief:
    """A Kalman filter of constant velocity, the same for both axes of all films.

    Attributes:
        place, velocity: (films, 2), pixels, and pixels a frame.
    """

    def __init__(self, place: Tensor) -> None:
        self.place, self.velocity = place, torch.zeros_like(place)
        self._variance = place.new_tensor([[SEEN**2, 0.0], [0.0, SEEN**2]])
        self._moves = place.new_tensor([[1.0, 1.0], [0.0, 1.0]])
        self._noise = ACCELERATION**2 * place.new_tensor([[0.25, 0.5], [0.5, 1.0]])

    def update(self, seen: Tensor) -> None:
        """Go on by a frame in which it was seen there, (films, 2)."""
        variance = self._moves @ self._variance @ self._moves.T + self._noise
        gain = variance[:, 0] / (variance[0, 0] + SEEN**2)
        expected = self.place + self.velocity
        self.place = expected + gain[0] * (seen - expected)
        self.velocity = self.velocity + gain[1] * (seen - expected)
        self._variance = variance - gain[:, None] * variance[0]


def _described(table: Tensor, boxes: Tensor) -> Tensor:
    """Return the histograms of the cells about boxes, (films, boxes, cells, 20)."""
    steps = (torch.arange(CELLS, device=boxes.device) + 0.5) / CELLS - 0.5
    z, x = torch.meshgrid(TIMES * steps, TIMES * steps, indexing="ij")
    offset = torch.stack([x, z], dim=-1).reshape(1, 1, -1, 2)
    middles = boxes[:, :, None, :2] + offset * boxes[:, :, None, 2:]
    sizes = (TIMES / CELLS * boxes[:, :, None, 2:]).expand(middles.shape)
    cells = torch.cat([middles, sizes], dim=-1).flatten(1, 2)
    return histograms(table, cells).unflatten(1, (boxes.shape[1], -1))
