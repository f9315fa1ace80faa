from __future__ import annotations

import numpy as np
import pytest
import torch

from sim.imaging.anatomy.nerve import SIDE, nerves
from sim.randomness import case_keys

KEYS = torch.from_numpy(case_keys(5, np.arange(16)).view(np.int64))


@pytest.fixture(scope="module")
def shown():
    return nerves(KEYS, size=80, frames=(0, 20, 41))


@pytest.fixture(scope="module")
def sciatic(shown):
    """Which of them show the larger nerve."""
    return shown.truth["sciatic"]


def test_the_box_is_the_masks(shown):
    """Within a pixel on every side, in every frame."""
    boxes, masks = shown.truth["box"].flatten(0, 1) / shown.pixel[0], shown.truth["mask"].flatten(0, 1)
    for box, mask in zip(boxes, masks, strict=True):
        rows, columns = mask.any(1).nonzero()[:, 0], mask.any(0).nonzero()[:, 0]
        x, z, width, height = box.tolist()
        edges = [x - width / 2, x + width / 2, z - height / 2, z + height / 2]
        seen = [columns[0], columns[-1] + 1, rows[0], rows[-1] + 1]
        np.testing.assert_allclose(edges, seen, atol=1.0)


def test_nerves_are_as_large_as_they_are_in_people_and_squeezing_leaves_the_area(shown, sciatic):
    area = shown.truth["mask"].float().mean((2, 3)) * SIDE * SIDE
    assert (area[~sciatic] > 7.5).all()
    assert (area[~sciatic] < 13.0).all()
    assert (area[sciatic] > 35.0).all()
    assert (area[sciatic] < 64.0).all()
    np.testing.assert_allclose(area.std(1) / area.mean(1), 0.0, atol=0.06)


def test_a_nerve_has_dark_and_bright_in_it_and_muscle_lies_between(shown):
    """Fascicles and what is between them: grey within the nerve varies more than in muscle beside it."""
    inner = shown.truth["mask"][:, 0]
    spread = torch.stack([image[mask].std() for image, mask in zip(shown.images[:, 0], inner, strict=True)])
    corner = shown.images[:, 0, -12:, :24].flatten(1).std(1)
    assert (spread > 0.9 * corner).float().mean() > 0.8


def test_marks_are_off_by_what_is_said_in_every_frame():
    many = nerves(torch.from_numpy(case_keys(2, np.arange(150)).view(np.int64)), size=16, frames=(3, 60))
    off = many.labels["box"] - many.truth["box"]
    np.testing.assert_allclose(off[..., :2].std((0, 1)), 0.3, rtol=0.12)
    share = many.labels["box"][..., 2:] / many.truth["box"][..., 2:] - 1.0
    np.testing.assert_allclose(share.std((0, 1)), 0.06, rtol=0.12)
    assert abs(np.corrcoef(off[:, 0, 0], off[:, 1, 0])[0, 1]) < 0.25


def test_contact_is_lost_over_the_nerve_in_some_films_and_the_nerve_is_dark_then():
    films = nerves(KEYS, size=16, frames=range(16, 90, 5))
    hidden, mask = films.truth["hidden"], films.truth["mask"]
    assert 0 < hidden.any(1).sum() < len(KEYS)
    dark = torch.stack(
        [films.images[film, frame][mask[film, frame]].mean() for film, frame in hidden.nonzero()]
    )
    rest = torch.stack(
        [films.images[film, frame][mask[film, frame]].mean() for film, frame in (~hidden).nonzero()]
    )
    assert dark.mean() < 0.5 * rest.mean()


def test_a_film_is_the_same_alone_and_another_where_machine_and_people_are(shown):
    alone = nerves(KEYS[5:6], size=80, frames=(0, 20, 41))
    torch.testing.assert_close(alone.images[0], shown.images[5], atol=1e-5, rtol=0.0)
    torch.testing.assert_close(alone.truth["box"][0], shown.truth["box"][5])
    other = nerves(KEYS[5:6], shifted=True, size=80, frames=(0, 20, 41))
    assert (other.images[0] - shown.images[5]).abs().mean() > 0.05


def test_speckle_moves_with_the_nerve_and_fades(sciatic):
    """Followed by its true middle, a nerve's grey is alike a frame later, and less so ten frames later."""
    films = nerves(KEYS[~sciatic][:4], size=80, frames=(0, 1, 10))
    boxes = (films.truth["box"] / films.pixel[0]).round().long()
    near = []
    for film in range(4):
        cut = [
            films.images[film, frame, z - 5 : z + 6, x - 8 : x + 9].flatten()
            for frame, (x, z, _, _) in enumerate(boxes[film].tolist())
        ]
        near.append([np.corrcoef(cut[0], cut[later])[0, 1] for later in (1, 2)])
    after = np.mean(near, axis=0)
    assert after[0] > 0.4
    assert after[1] < after[0] - 0.15
