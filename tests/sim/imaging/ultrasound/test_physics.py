"""Against what is known of fully developed speckle, and of sound that is lost on its way."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from sim.imaging.ultrasound import beam, speckle
from sim.imaging.ultrasound.grid import converted, linear, polar
from sim.imaging.ultrasound.scanner import Scanner, amplitudes, seen, shown
from sim.imaging.ultrasound.tissue import filled, inside, interface, uniform
from sim.randomness import case_keys

COUNT = 16
KEYS = torch.from_numpy(case_keys(5, np.arange(COUNT)).view(np.int64))
GRID = linear(width=30.0, depth=30.0, shape=(96, 96))
FAN = polar(radius=40.0, angle=1.0, depth=70.0, shape=(96, 64))
SILENT = Scanner(noise=300.0, gain_error=0.0, haze=0.0)


def field(grid=GRID, keys=KEYS):
    return speckle.scatterers(keys, grid.x.shape)


def echoes(grid, scattered, scanner=SILENT):
    lateral = beam.lateral_sd(grid, scanner.frequency, scanner.f_number, scanner.focus)
    return grid.cut(beam.blurred(scattered, grid, scanner.axial_sd, lateral))


@pytest.mark.parametrize("grid", [GRID, FAN], ids=["linear", "curved"])
def test_speckle_is_fully_developed(grid):
    """Rayleigh: mean by SD of amplitudes is sqrt(pi / (4 - pi)) = 1.913, and intensities vary by their mean."""
    amplitude = echoes(grid, field(grid)).abs()
    assert amplitude.mean() / amplitude.std() == pytest.approx(math.sqrt(math.pi / (4.0 - math.pi)), rel=0.01)
    intensity = amplitude**2
    assert intensity.std() / intensity.mean() == pytest.approx(1.0, abs=0.01)


def test_speckle_is_as_bright_at_every_depth_and_widest_far_from_the_focus():
    scanner = replace(SILENT, focus=10.0)
    found = echoes(GRID, field(), scanner)
    rows = (found.abs() ** 2).mean(dim=(0, 2))
    np.testing.assert_allclose(rows.reshape(8, -1).mean(dim=1), 1.0, atol=0.1)

    def likeness(rows):
        part = found[:, rows]
        return float((part[..., 3:] * part[..., :-3].conj()).mean().abs() / (part.abs() ** 2).mean())

    assert likeness(slice(28, 36)) < 0.5 * likeness(slice(80, 96))


def test_behind_bone_it_is_as_dark_as_bone_is_thick():
    """3 mm that weaken by 8 dB/mm throw a shadow 24 dB deep, and none beside it."""
    bone = inside((GRID.z - 10.0).abs() - 1.5, GRID) * (GRID.x < 0.0)
    tissue = filled(uniform(COUNT, GRID), bone, 1.0, 8.0)
    left = beam.transmitted(tissue.attenuation, GRID)
    found = echoes(GRID, field() * left).abs().pow(2).mean(dim=0)
    shadow, open_ = found[60:, 8:40].mean(), found[60:, 56:88].mean()
    assert 10.0 * torch.log10(open_ / shadow) == pytest.approx(24.0, abs=0.5)
    assert 10.0 * torch.log10(open_) == pytest.approx(0.0, abs=0.5)


def test_what_is_left_of_scatterers_from_frame_to_frame_is_what_was_asked():
    kept, last = 0.9, field()
    fresh = speckle.scatterers(KEYS, GRID.x.shape, frame=1)
    later = speckle.renewed(last, fresh, kept)
    a, b = echoes(GRID, last), echoes(GRID, later)
    found = (a * b.conj()).mean().real / (a.abs() ** 2).mean()
    assert found == pytest.approx(kept, abs=0.01)
    assert (b.abs() ** 2).mean() == pytest.approx(1.0, abs=0.02)


def test_moved_tissue_carries_its_scatterers_and_they_stay_as_strong():
    still = torch.zeros(COUNT, *GRID.x.shape)
    whole = speckle.carried(field(), still + 3.0, still - 2.0)
    torch.testing.assert_close(whole[:, 10:90, 10:90], field()[:, 13:93, 8:88])
    part = speckle.carried(field(), still + 0.5, still + 0.3)
    assert (part.abs() ** 2).mean() == pytest.approx(1.0, abs=0.02)


def test_an_image_is_the_same_whatever_it_was_amplified_by_after_the_noise():
    envelope = echoes(GRID, field()).abs()
    torch.testing.assert_close(shown(SILENT, 37.0 * envelope), shown(SILENT, envelope), atol=1e-6, rtol=0.0)


def test_stronger_echoes_are_never_darker_and_grey_is_decibels():
    envelope = torch.linspace(1e-4, 1.0, 4000).reshape(1, 40, 100)
    grey = shown(SILENT, envelope).flatten()
    assert (grey.diff() >= 0.0).all()
    white = envelope.flatten()[round(0.995 * 4000) - 1]
    at = grey[(envelope.flatten() / white - 0.1).abs().argmin()]
    assert at == pytest.approx(1.0 - 20.0 / SILENT.dynamic_range, abs=0.01)


def test_noise_comes_after_what_is_lost_on_the_way():
    """So what is deep stands out less from it."""
    scanner = replace(SILENT, noise=10.0)
    left = beam.transmitted(uniform(COUNT, GRID, attenuation=1.0).attenuation, GRID)
    hiss = speckle.scatterers(KEYS, GRID.shown, purpose="hiss")
    found = amplitudes(scanner, GRID, echoes(GRID, field() * left), hiss, KEYS) ** 2
    rows = found.mean(dim=(0, 2))
    there = 0.1 + 10.0 ** (-(GRID.depth[GRID.margin : -GRID.margin]) / 10.0)
    np.testing.assert_allclose(rows.reshape(8, -1).mean(dim=1), there.reshape(8, -1).mean(dim=1), rtol=0.1)


def test_a_surface_is_brightest_where_it_is_met_squarely():
    steep = 1.2
    flat = GRID.z - GRID.z[60, 0]
    slanted = math.cos(steep) * flat - math.sin(steep) * GRID.x
    bright = [interface(one[None], GRID, 5.0, exponent=2.0).max() for one in (flat, slanted)]
    assert bright[0] == pytest.approx(5.0, rel=0.1)
    assert bright[1] / bright[0] == pytest.approx(math.cos(steep) ** 2, rel=0.1)


def test_a_point_is_shown_where_it_lies_by_any_probe():
    """The brightest pixel of a converted image, for points in the middle and beside it."""
    x, z = torch.meshgrid(torch.linspace(-15, 15, 121), torch.linspace(0, 60, 241), indexing="xy")
    for grid in (
        linear(40.0, 60.0, (120, 80)),
        polar(30.0, 1.2, 60.0, (120, 90)),
        polar(0.0, 1.5, 60.0, (120, 90)),
    ):
        for place in ((0.0, 30.0), (-8.0, 40.0), (9.0, 24.0)):
            distance = torch.hypot(grid.x - place[0], grid.z - place[1])
            image = converted(grid, grid.cut(torch.exp(-0.5 * distance**2))[None], x, z)[0]
            at = image.argmax()
            assert (x.flatten()[at].item(), z.flatten()[at].item()) == pytest.approx(place, abs=0.5)


def test_an_image_is_the_same_alone_as_in_a_batch():
    scanner, tissue = Scanner(), uniform(COUNT, GRID)
    together = seen(scanner, GRID, tissue, field(), KEYS)
    alone = seen(scanner, GRID, uniform(1, GRID), field(keys=KEYS[4:5]), KEYS[4:5])
    torch.testing.assert_close(alone[0], together[4], atol=1e-5, rtol=0.0)
    assert together.min() >= 0.0
    assert together.max() <= 1.0
    assert not torch.equal(together[0], together[1])


def test_a_scanner_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="frequency: 0 is not allowed; more than 0"):
        Scanner(frequency=0.0)
