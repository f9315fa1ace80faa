"""What the beam makes of tissue: weaker with depth, and blurred by a pulse that is wide off the focus."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from sim.imaging.ultrasound.grid import Grid

SPEED = 1.54  # mm/µs, of sound in soft tissue
LEVELS = 4  # widths between which the lateral blur of a row is blended
FWHM = 2.0 * math.sqrt(2.0 * math.log(2.0))  # of a normal curve, in SDs
WIDEST = 3.0  # SDs to either side that a blur reaches
REFOCUSED = 4.0  # times the depth of focus, since echoes are focused anew as they arrive (choice)


def wavelength(frequency: float) -> float:
    """Return the wavelength, mm, at a frequency in MHz."""
    return SPEED / frequency


def transmitted(attenuation: Tensor, grid: Grid) -> Tensor:
    """Return what is left of an amplitude at each sample, (images, rows, beams), after all that lies before it."""
    outside = (grid.depth < 0.0)[:, None]
    lost = torch.cumsum(torch.where(outside, 0.0, attenuation) * grid.step, dim=-2)
    return 10.0 ** (-lost / 20.0)


def lateral_sd(grid: Grid, frequency: float, f_number: float, focus: float) -> Tensor:
    """Return the SD of the beam's width at each row, (rows,), mm: least at the focus, as a Gaussian beam's.

    Args:
        grid: of the samples.
        frequency: MHz.
        f_number: focus by aperture; the width at the focus, at half amplitude, is the wavelength times this.
        focus: mm.
    """
    waist = wavelength(frequency) * f_number / FWHM
    reach = REFOCUSED * 2.0 * math.pi * waist**2 / wavelength(frequency)
    return waist * torch.sqrt(1.0 + ((grid.depth.clamp(min=0.0) - focus) / reach) ** 2)


def blurred(field: Tensor, grid: Grid, axial: float, lateral: Tensor) -> Tensor:
    """Return a complex field as a pulse shows it; white noise keeps its variance at every depth.

    Args:
        field: (images, rows, beams).
        grid: of the samples.
        axial: SD of the pulse along the beam, mm.
        lateral: (rows,), SD across it, mm.
    """
    parts = torch.cat([field.real, field.imag])[:, None]
    pulse = _bell(field.real.new_tensor(axial / grid.step))
    parts = _convolved(parts, (pulse / pulse.norm())[:, None])
    spread = (lateral / grid.pitch).clamp(0.05, grid.margin / WIDEST)
    least, most = float(spread.min()), 1.0001 * float(spread.max())
    widths = torch.logspace(math.log10(least), math.log10(most), LEVELS, device=spread.device)
    where = (spread.log() - widths[0].log()) / (widths[1] / widths[0]).log()
    bells = [_bell(width, float(widths[-1])) for width in widths]
    mixed, total = torch.zeros(()).to(parts), torch.zeros_like(parts)
    for level, bell in enumerate(bells):
        share = (1.0 - (where - level).abs()).clamp(min=0.0)[:, None]
        mixed, total = mixed + share * bell, total + share * _convolved(parts, bell[None])
    real, imaginary = (total[:, 0] / mixed.norm(dim=1)[:, None]).chunk(2)
    return torch.complex(real, imaginary)


def _bell(sd: Tensor, widest: float | None = None) -> Tensor:
    """Return a normal curve of this SD, samples, that sums to 1, wide enough for the widest."""
    half = math.ceil(WIDEST * (float(sd) if widest is None else widest))
    curve = torch.exp(-0.5 * (torch.arange(-half, half + 1, device=sd.device) / sd) ** 2)
    return curve / curve.sum()


def _convolved(parts: Tensor, kernel: Tensor) -> Tensor:
    """Return (images, 1, rows, beams) convolved with (height, width); beyond the margin there is nothing."""
    pad = kernel.shape[0] // 2, kernel.shape[1] // 2
    return functional.conv2d(parts, kernel[None, None].to(parts.dtype), padding=pad)
