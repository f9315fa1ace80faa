"""What a beam meets: how strongly tissue scatters, weakens and reflects."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from sim.imaging.ultrasound.grid import Grid

FARTHEST = 6.0  # SDs; beyond, a surface is as good as away, and smaller numbers take processors longer


@dataclass(frozen=True)
class Tissue:
    """Maps of what lies at each sample, (images, rows, beams).

    Attributes:
        echogenicity: amplitude of scattering, 1 of ordinary tissue, 0 of fluid.
        attenuation: dB/mm, there and back; bone and gas have so much that they throw a shadow.
        specular: amplitude of interfaces, already by the angle at which they are met.
    """

    echogenicity: Tensor
    attenuation: Tensor
    specular: Tensor


def uniform(count: int, grid: Grid, echogenicity: float = 1.0, attenuation: float = 0.0) -> Tissue:
    """Return the same tissue everywhere."""
    blank = grid.x.new_zeros((count, *grid.x.shape))
    return Tissue(blank + echogenicity, blank + attenuation, blank)


def inside(distance: Tensor, grid: Grid) -> Tensor:
    """Return how much of each sample lies inside (distance to the edge, mm, negative there), 0 to 1."""
    return (0.5 - distance / grid.step).clamp(0.0, 1.0)


def filled(
    tissue: Tissue, part: Tensor, echogenicity: Tensor | float, attenuation: Tensor | float | None = None
) -> Tissue:
    """Return the tissue with another in a part of it, 0 to 1; what it weakens stays where None is given."""
    echoes = torch.lerp(tissue.echogenicity, part.new_zeros(()) + echogenicity, part)
    if attenuation is None:
        return replace(tissue, echogenicity=echoes)
    return replace(
        tissue,
        echogenicity=echoes,
        attenuation=torch.lerp(tissue.attenuation, part.new_zeros(()) + attenuation, part),
    )


def interface(
    distance: Tensor, grid: Grid, amplitude: Tensor | float, thickness: float = 0.3, exponent: float = 2.0
) -> Tensor:
    """Return the specular amplitude of a surface: the brighter, the more squarely a beam meets it.

    Args:
        distance: (images, rows, beams), mm to the surface, with a sign; how fast it changes along a beam is the cosine
            between the beam and the surface's normal.
        grid: of the samples.
        amplitude: where it is met squarely.
        thickness: SD, mm; no thinner than the rows are apart, or it would be lost between them.
        exponent: of the cosine.
    """
    cosine = torch.gradient(distance, spacing=grid.step, dim=-2)[0].abs().clamp(max=1.0)
    spread = max(thickness, grid.step)
    off = (distance / spread).clamp(-FARTHEST, FARTHEST)
    return amplitude * torch.exp(-0.5 * off * off) * cosine**exponent


def shadowing(tissue: Tissue, grid: Grid, surface: Tensor, beside: Tensor, lost: Tensor | float) -> Tissue:
    """Return the tissue with a bright surface that lets hardly anything through, as of bone or gas.

    Args:
        tissue: that it lies in.
        grid: of the samples.
        surface: (images, rows, beams), mm below it.
        beside: mm beyond where it ends, negative within.
        lost: dB/mm behind it, over 4 mm.
    """
    part = inside(torch.maximum(beside, (surface - 2.0).abs() - 2.0), grid)
    edge = interface(surface, grid, 5.0, 0.4, 1.0) * inside(beside, grid)
    tissue = filled(tissue, part, 0.4, lost)
    return replace(tissue, specular=tissue.specular + edge)
