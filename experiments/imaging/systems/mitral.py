"""The mitral annulus from planes that are turned about the ventricle's axis (Andreassen 2020)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from experiments.imaging import page
from experiments.imaging.contract import Answer, Heard, Learner, Lessons, Said, System
from experiments.imaging.measures import pooled
from experiments.imaging.own.form import Asked, Form, Kind
from experiments.imaging.training import examples, trained
from predictors.imaging import heat
from predictors.imaging.andreassen2020 import ORDER, continuous
from predictors.imaging.classical import landmarks
from predictors.imaging.unet import UNet
from predictors.imaging.varied import varied
from sim.imaging.anatomy.mitral import mitral
from sim.imaging.phantoms import Phantoms

TOGETHER = 120  # planes that are looked at in one go
DIAMETERS = {"AP": (0.0, np.pi), "CC": (0.5 * np.pi, 1.5 * np.pi)}  # where on the annulus they end


def mean_annulus(lessons: Lessons) -> Answer:
    """Learn where hinges lie in a plane on average; knows no image."""
    place = examples(lessons).labels["hinges"].mean((0, 1))
    return lambda test: {"hinges": place.expand(test.truth["hinges"].shape)}


def marked(lessons: Lessons) -> Answer:
    """Say what somebody marked who looked at the same planes."""
    return lambda test: {"hinges": test.labels["hinges"]}


def spotted(method: landmarks.Method, lessons: Lessons) -> Answer:
    """Learn how a pixel answers at a hinge, and where hinges mostly lie."""
    seen = examples(lessons)
    maps = landmarks.learned(method, seen.images[:, 0], seen.labels["hinges"][:, 0], seen.pixel)

    def answer(test: Phantoms) -> Said:
        found, _ = landmarks.spotted(maps, test.images.flatten(0, 1), test.pixel)
        return {"hinges": found.reshape(test.truth["hinges"].shape)}

    return answer


def read(kind: str, diverse: bool, lessons: Lessons) -> Answer:
    """Learn by a U-Net with a map of each hinge; `kind` says how maps are read: `highest` or `points` of `heat`."""
    model = _network(diverse, lessons)
    if not lessons.learned:  # it had learned for another reader
        lessons.learned.append(model)

    def answer(test: Phantoms) -> Said:
        return {"hinges": _read(model, test.images, test.pixel)[kind]}

    return answer


@lru_cache(maxsize=2)
def _network(diverse: bool, lessons: Lessons) -> UNet:
    """Return a network that has learned from planes, as they are or varied: once for all who read its maps."""
    model = UNet(2)

    def loss(phantoms: Phantoms) -> Tensor:
        planes = phantoms.images.flatten(0, 1)
        maps = model((varied(planes) if diverse else planes)[:, None] - 0.5)
        return heat.loss(maps, phantoms.labels["hinges"].flatten(0, 1), phantoms.pixel).mean()

    trained(model, loss, lessons)
    return model


@lru_cache(maxsize=4)  # two networks, two kinds of phantoms
def _read(model: UNet, images: Tensor, pixel: tuple[float, float]) -> Mapping[str, Tensor]:
    """Return where maps of volumes are highest, and where their mass lies, (volumes, planes, 2, 2), mm."""
    parts = [model(some[:, None] - 0.5) for some in images.flatten(0, 1).split(TOGETHER)]
    return {
        name: torch.cat([of(maps, pixel) for maps in parts]).reshape(*images.shape[:2], 2, 2)
        for name, of in {"highest": heat.highest, "points": heat.points}.items()
    }


def round_about(learner: Learner, lessons: Lessons) -> Answer:
    """Learn as another does, and draw each volume's hinges to a closed curve."""
    alone = learner(lessons)

    def answer(test: Phantoms) -> Said:
        axis = 0.5 * test.images.shape[-1] * test.pixel[1]
        return {"hinges": continuous(alone(test)["hinges"], test.truth["angle"], axis)}

    return answer


def off(said: Said, test: Phantoms) -> np.ndarray:
    """Return how far each hinge was missed, mm, (volumes, planes, 2)."""
    return (said["hinges"] - test.truth["hinges"]).norm(dim=-1).cpu().numpy()


def off_marks(said: Said, test: Phantoms) -> np.ndarray:
    """Return how far it is from where a second person marked it: all that is known of people."""
    return (said["hinges"] - test.truth["read"]).norm(dim=-1).cpu().numpy()


def diameter(name: str, said: Said, test: Phantoms) -> np.ndarray:
    """Return how far a diameter was missed, mm, (volumes,): by what the errors at its ends add to it.

    Errors between hinges are those of their neighbours on the annulus, in proportion.
    """
    error, angle = said["hinges"] - test.truth["hinges"], test.truth["angle"]
    turned = torch.stack([angle.cos(), angle.sin()], dim=-1)[:, :, None]
    error = torch.cat([error[..., :1] * turned, error[..., 1:]], dim=-1)
    along = torch.einsum("vphi,vi->vph", error, test.truth["axes"][:, list(DIAMETERS).index(name)])
    longer = [
        np.interp(DIAMETERS[name], around, one, period=2.0 * np.pi) @ (1.0, -1.0)
        for around, one in zip(
            *(each.flatten(1).cpu().numpy() for each in (test.truth["around"], along)), strict=True
        )
    ]
    return np.abs(longer)


def draw(axes: Axes, planes: Phantoms, said: Said, number: int) -> None:
    """Draw the hinges of a plane, green, and what was said, red."""
    axes.plot(*planes.truth["hinges"][number].T.tolist(), "o", ms=9, mfc="none", mec="#3ad06a", mew=1.6)
    axes.plot(*said["hinges"][number].T.tolist(), "x", ms=7, color="#ff5347", mew=1.6)


def plate(system: System, tests: Mapping[str, Phantoms], heard: Heard) -> Figure:
    """Draw the best, the median and the worst plane of all volumes, of both kinds of phantoms."""

    def single(said: Said) -> Said:
        return {"hinges": said["hinges"].flatten(0, 1)}

    planes = {
        where: Phantoms(test.images.flatten(0, 1), single(test.truth), {}, test.pixel)
        for where, test in tests.items()
    }
    said = {where: single(one) for where, one in heard[system.shown][0].items()}
    missed = {"off, mm": lambda said, test: torch.from_numpy(off(said, test)).mean(1)}
    return page.plate(replace(system, measures=missed), planes, {system.shown: [said]})


MITRAL = System(
    name="mitral",
    description="the mitral annulus from turned planes (Andreassen 2020)",
    title="The mitral annulus",
    caveat="Synthetic phantoms, tuned on nothing: a saddle between two ellipsoids, to which a short Fourier series "
    "comes close. Nothing here shows clinical accuracy.",
    quoted="Printed: 2.0 ± 1.9 mm (SD) from where experts marked the annulus in 3-D recordings of people. Whoever "
    "marks is off by 1 mm (SD) on both axes here, which learners are taught by.",
    generate=mitral,
    taught=partial(mitral, planes=(0,)),
    learners={
        "mean_annulus": mean_annulus,
        "brightest": partial(spotted, landmarks.brightness),
        "correlation": partial(spotted, landmarks.correlation),
        "correlation_round": partial(round_about, partial(spotted, landmarks.correlation)),
        "argmax": partial(read, "highest", False),
        "soft_argmax": partial(read, "points", False),
        "continuity": partial(round_about, partial(read, "points", False)),
        "varied": partial(round_about, partial(read, "points", True)),
        "marked": marked,
    },
    naive="mean_annulus",
    shown="continuity",
    measures={},
    pooled={
        "off, mm": pooled.mean(off),
        "SD": pooled.spread(off),
        "median": pooled.quantile(off, 0.5),
        "95 % within": pooled.quantile(off, 0.95),
        "AP off, mm": pooled.mean(partial(diameter, "AP")),
        "CC off, mm": pooled.mean(partial(diameter, "CC")),
        "off another's marks, mm": pooled.mean(off_marks),
    },
    printed={"continuity": "2.0 ± 1.9 mm"},
    own=Form(
        {"hinges": Asked(Kind.MM, (2, 2), framed=True), "angle": Asked(Kind.NUMBER, framed=True, high=np.pi)},
        frames=(2 * ORDER + 1, np.inf),
        unknown=("AP off, mm", "CC off, mm", "off another's marks, mm"),
    ),
    draw=draw,
    pictures={"plate": plate},
    steps=1200,
    test=100,
)
