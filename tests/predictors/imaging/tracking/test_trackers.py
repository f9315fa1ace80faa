from __future__ import annotations

from functools import partial

import pytest
import torch

from predictors.imaging.tracking.mosse import mosse
from predictors.imaging.tracking.ncc import correlation, ncc
from predictors.imaging.tracking.particles import Belief, pf_ambp
from predictors.imaging.tracking.patterns import codes, histograms, sums
from predictors.imaging.tracking.windows import window

FRAMES, SIDE = 12, 64


def texture(height, width, seed=0):
    """Smooth noise: what can be followed."""
    noise = torch.rand((1, 1, height, width), generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.avg_pool2d(noise, 3, 1, 1)[0, 0]


def moving():
    """Films of two scenes that pass, by whole pixels a frame, and the boxes of what lies in the middle."""
    films, boxes = [], []
    for seed, (aside, below) in enumerate(((1, 0), (-1, 1))):
        scene = texture(SIDE + 2 * FRAMES, SIDE + 2 * FRAMES, seed)
        starts = [(FRAMES - below * frame, FRAMES - aside * frame) for frame in range(FRAMES)]
        films.append(torch.stack([scene[z : z + SIDE, x : x + SIDE] for z, x in starts]))
        places = [(32.0 + aside * frame, 30.0 + below * frame, 14.0, 10.0) for frame in range(FRAMES)]
        boxes.append(torch.tensor(places))
    return torch.stack(films), torch.stack(boxes)


@pytest.mark.parametrize(
    ("tracker", "within"), [(ncc, 0.6), (partial(ncc, renewed=0.1), 0.8), (mosse, 1.3), (pf_ambp, 3.0)]
)
def test_what_passes_unchanged_is_followed(tracker, within):
    films, boxes = moving()
    said = tracker(films, boxes[:, 0])
    assert said.shape == boxes.shape
    torch.testing.assert_close(said[:, 0], boxes[:, 0])
    assert (said - boxes)[:, :, :2].norm(dim=-1).max() < within


def test_a_tracker_sees_no_frame_before_its_time():
    films, boxes = moving()
    for tracker in (ncc, mosse, pf_ambp):
        torch.testing.assert_close(tracker(films, boxes[:, 0])[:, :7], tracker(films[:, :7], boxes[:, 0]))


def test_a_film_is_followed_alike_alone_and_in_a_batch():
    films, boxes = moving()
    for tracker in (ncc, mosse):
        torch.testing.assert_close(tracker(films, boxes[:, 0])[1:], tracker(films[1:], boxes[1:, 0]))


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
