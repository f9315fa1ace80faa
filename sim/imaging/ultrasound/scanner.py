"""The scanner: from tissue and its scatterers to the image on the screen."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from sim.imaging.ultrasound import beam, speckle
from sim.imaging.ultrasound.grid import Grid
from sim.imaging.ultrasound.tissue import Tissue
from sim.randomness import normals
from sim.settings import check_numbers

WHITE = 0.995  # quantile of an image's amplitudes that is shown white


@dataclass(frozen=True)
class Scanner:
    """How a scanner is built and set (choices within what is usual).

    Attributes:
        frequency: MHz.
        cycles: of the pulse.
        f_number, focus: see `beam.lateral_sd`; mm.
        dynamic_range: dB from black to white.
        noise: dB, of the electronics, below ordinary tissue at the probe's face.
        gain_error: dB, SD with which amplification follows depth wrongly.
        haze, haze_depth: amplitude of what the near field scatters, and mm over which it fades.
    """

    frequency: float = 10.0
    cycles: float = 1.75
    f_number: float = 3.0
    focus: float = 20.0
    dynamic_range: float = 50.0
    noise: float = 45.0
    gain_error: float = 1.0
    haze: float = 0.2
    haze_depth: float = 3.0

    def __post_init__(self) -> None:
        check_numbers(self)
        for name in ("frequency", "cycles", "f_number", "focus", "dynamic_range", "haze_depth"):
            if getattr(self, name) <= 0.0:
                raise ValueError(f"{name}: {getattr(self, name):g} is not allowed; more than 0")

    @property
    def axial_sd(self) -> float:
        """SD of the pulse along the beam, mm; there and back halves it."""
        return 0.5 * self.cycles * beam.wavelength(self.frequency) / beam.FWHM


def seen(scanner: Scanner, grid: Grid, tissue: Tissue, field: Tensor, keys: Tensor, frame: int = 0) -> Tensor:
    """Return images, (images, rows, beams) without the margin, 0 black to 1 white.

    Args:
        scanner: see there.
        grid: of the samples.
        tissue: what lies there.
        field: its scatterers, see `speckle.scatterers`.
        keys: (images,), int64, for the noise.
        frame: of a film; each has noise of its own, and all the same error of amplification.
    """
    echoes = (tissue.echogenicity * field + tissue.specular) * beam.transmitted(tissue.attenuation, grid)
    lateral = beam.lateral_sd(grid, scanner.frequency, scanner.f_number, scanner.focus)
    echoes = grid.cut(beam.blurred(echoes, grid, scanner.axial_sd, lateral))
    shape = (grid.shown[0], grid.shown[1])
    hiss = speckle.scatterers(keys, shape, frame, "electronic noise")
    return shown(scanner, amplitudes(scanner, grid, echoes, hiss, keys))


def amplitudes(scanner: Scanner, grid: Grid, echoes: Tensor, hiss: Tensor, keys: Tensor) -> Tensor:
    """Return what the receiver makes of echoes: noise after all that was lost on the way, then amplification."""
    depth = grid.depth[grid.margin : grid.margin + echoes.shape[-2]]
    envelope = (echoes + 10.0 ** (-scanner.noise / 20.0) * hiss).abs()
    share = depth / depth[-1]
    off = normals(keys, "amplification", 0, 3, depth)[:, :, None] * scanner.gain_error
    decibels = off[0] * (share - 0.5) + off[1] * torch.sin(3.0 * share) + off[2] * torch.sin(7.0 * share)
    haze = scanner.haze * torch.exp(-depth / scanner.haze_depth)
    return envelope * 10.0 ** (decibels[..., None] / 20.0) + haze[:, None]


def shown(scanner: Scanner, envelope: Tensor) -> Tensor:
    """Return amplitudes as grey, 0 to 1: logarithms below each image's own white."""
    flat = envelope.flatten(1)
    place = max(1, round(WHITE * flat.shape[1]))
    white = flat.kthvalue(place, dim=1).values[:, None, None]
    decibels = 20.0 * torch.log10(envelope.clamp(min=1e-12) / white)
    return ((decibels + scanner.dynamic_range) / scanner.dynamic_range).clamp(0.0, 1.0)
