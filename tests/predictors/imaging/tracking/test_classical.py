from __future__ import annotations

import pytest
import torch

from predictors.imaging.tracking.classical.ambp import Belief
from predictors.imaging.tracking.classical.kcf import SIDE, alike
from predictors.imaging.tracking.classical.lucas_kanade import least_squares
from predictors.imaging.tracking.classical.mean_shift import mean_shift
from predictors.imaging.tracking.classical.ncc import correlation
from predictors.imaging.tracking.classical.patterns import codes, histograms, sums
from predictors.imaging.tracking.windows import window
from tests.predictors.imaging.tracking.scenes import discs, texture


def test_correlation_is_pearsons_whatever_brightness_and_contrast():
    image = texture(20, 24)[None]
    found = correlation(0.3 + 2.0 * image, image[:, 4:15, 6:17])
    assert found.shape == (1, 10, 14)
    assert found[0, 4, 6] == pytest.approx(1.0, abs=1e-3)
    other = torch.stack([image[0, 0:11, 0:11].flatten(), image[0, 4:15, 6:17].flatten()])
    assert found[0, 0, 0] == pytest.approx(float(torch.corrcoef(other)[0, 1]), abs=1e-3)


def test_a_window_shows_the_box():
    image = texture(40, 40)[None]
    box = torch.tensor([[20.0, 18.0, 12.0, 8.0]])
    torch.testing.assert_close(window(image, box, 1.0, (8, 12)), image[:, 14:22, 14:26])
    assert window(image, box, 3.0, (9, 9)).shape == (1, 9, 9)


def test_patterns_depend_on_order_alone_and_turned_patterns_are_the_same():
    image = texture(16, 16)[None]
    torch.testing.assert_close(codes(0.1 + 0.5 * image), codes(image))
    torch.testing.assert_close(codes(image.rot90(1, (1, 2))), codes(image).rot90(1, (1, 2)))


def test_an_impulse_is_no_median():
    """In a black image with one white pixel all medians are black, and every pixel is as bright as they are."""
    image = torch.zeros((1, 9, 9))
    image[0, 4, 4] = 1.0
    assert (codes(image) == codes(torch.zeros((1, 9, 9)))).all()


def test_histograms_count_the_codes_in_a_box():
    image = texture(20, 20)[None]
    found = histograms(sums(image), torch.tensor([[[8.0, 10.0, 6.0, 4.0]]]))[0, 0]
    counted = torch.bincount(codes(image)[0, 8:12, 5:11].flatten(), minlength=20) / 24.0
    torch.testing.assert_close(found, counted)


def test_the_kalman_filter_learns_a_constant_velocity():
    belief = Belief(torch.zeros((1, 2)))
    for frame in range(1, 60):
        belief.update(torch.tensor([[0.5 * frame, -0.2 * frame]]))
    torch.testing.assert_close(belief.velocity, torch.tensor([[0.5, -0.2]]), atol=1e-2, rtol=0.0)


def test_the_kernel_of_a_place_is_that_of_the_window_rolled_there():
    one, other = texture(SIDE, SIDE, 1)[None], texture(SIDE, SIDE, 2)[None]
    found = torch.fft.irfft2(alike(torch.fft.rfft2(one), torch.fft.rfft2(other)), s=(SIDE, SIDE))
    for z, x in ((0, 0), (3, 60)):
        apart = (one - other.roll((z, x), (1, 2))).square().mean()
        assert found[0, z, x] == pytest.approx(float(torch.exp(-apart / 0.2**2)), abs=1e-4)


def test_a_step_is_that_by_which_slopes_explain_a_difference():
    slopes = torch.randn((1, 2, 50), generator=torch.Generator().manual_seed(0))
    off = 0.7 * slopes[:, 0] - 0.4 * slopes[:, 1]
    torch.testing.assert_close(least_squares(slopes, off), torch.tensor([[0.7, -0.4]]), atol=1e-4, rtol=0.0)


def test_greys_of_their_own_are_followed_by_their_mean():
    """A bright disc, of which there is no other; on the texture of what passes, greys are alike everywhere."""
    films, boxes, _ = discs(4, seed=3)
    said = mean_shift(films, boxes[:, 0])
    off, stays = ((one - boxes)[..., :2].norm(dim=-1).mean() for one in (said, boxes[:, :1]))
    assert off < 0.4 * stays
