from __future__ import annotations

import numpy as np
import torch

from experiments.imaging.contract import phantoms
from sim.imaging.faces import people
from sim.imaging.faces.drawing import _turned, seen_at
from sim.imaging.faces.films import films
from sim.imaging.faces.landmarks import OFF, OFF_ELSEWHERE

KEYS = torch.arange(50)


def test_places_of_a_face_are_seen_where_pixels_are_taken_from():
    """Going from the face to the picture and back again ends where it began, turned and tilted as far as anybody is."""
    scene = people.scene(KEYS, 1.0)
    x = torch.linspace(-0.5, 0.5, 7).expand(len(KEYS), 1, 7)
    y = torch.linspace(0.6, -0.6, 7).expand(len(KEYS), 1, 7)
    u, v = seen_at(x, y, scene).unbind(-1)
    for back, began in zip(_turned(u, v, scene), (x, y), strict=True):
        torch.testing.assert_close(back, began, atol=1e-5, rtol=0.0)


def test_landmarks_are_found_half_as_well_on_others_and_anew_in_each_frame():
    for shifted, expected in ((0.0, OFF), (1.0, OFF_ELSEWHERE)):
        seen = phantoms(films, 3, np.arange(60), 8, shifted)
        off = seen.labels["landmarks"] - seen.truth["landmarks"]
        assert abs(float(off.std()) / expected - 1.0) < 0.05
        assert abs(float((off[:, 1:] * off[:, :-1]).mean()) / expected**2) < 0.05


def test_eyes_are_above_the_nose_and_it_above_the_mouth_in_every_frame():
    there = phantoms(films, 3, np.arange(60), 8, 1.0).truth["landmarks"][..., 1]
    eyes, nose, mouth = there[..., :2].mean(-1), there[..., 2], there[..., 3:].mean(-1)
    assert (eyes < nose).all()
    assert (nose < mouth).all()
