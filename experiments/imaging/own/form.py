"""What whoever brings images of their own has to say of each, and how it is written."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Kind(Enum):
    """What an answer is, by what is asked for."""

    MASK = "a png, black and white"
    FLAG = "true or false"
    MM = "mm"
    NUMBER = "number"
    NAME = "text or a whole number"


@dataclass(frozen=True)
class Asked:
    """An answer that is asked for.

    Attributes:
        kind: masks lie in a folder of the answer's name, all else in the json; names may be left out.
        shape: of one answer, (2,) of a point.
        framed: whether each frame of a film has one; masks always do.
        high: of numbers, the highest that is allowed; mm reach as far as the image does.
    """

    kind: Kind
    shape: tuple[int, ...] = ()
    framed: bool = False
    high: float = math.inf

    def check(self, name: str, value: Any, file: str, frames: int, longest: float) -> None:
        """Raise ValueError on what is no answer, named with the file that says it.

        Args:
            name: of the answer.
            value: as it stands in the json.
            file: in which it stands.
            frames: of the film.
            longest: mm, of the image's longer side.
        """
        high = longest if self.kind is Kind.MM else self.high
        shape = (frames, *self.shape) if self.framed else self.shape
        bad = _first_bad(value, shape, self.kind, high)
        if bad:
            wanted = self._wanted(high) + (f", for each of {frames} frames" if self.framed else "")
            raise ValueError(f"{name}: {reprlib.repr(bad[0])} in {file} is not allowed; {wanted}")

    def _wanted(self, high: float) -> str:
        if self.kind not in (Kind.MM, Kind.NUMBER):
            return self.kind.value
        count = f"{' × '.join(map(str, self.shape))} numbers" if self.shape else "a number"
        between = f"0 to {high:.4g}" if math.isfinite(high) else "0 or more"
        return f"{count}, {between}" + (" mm" if self.kind is Kind.MM else "")


@dataclass(frozen=True)
class Form:
    """How a system's own images are described.

    Attributes:
        asked: name of a truth -> what is asked for.
        frames: fewest and most of a film, or planes of a stack; None of still images.
        marking: learners who say or use what is known of phantoms alone; of own images they are not asked.
        unknown: measures of what is known of phantoms alone.
    """

    asked: Mapping[str, Asked]
    frames: tuple[int, float] | None = None
    marking: tuple[str, ...] = ("marked",)
    unknown: tuple[str, ...] = field(default=())

    @property
    def in_mm(self) -> bool:
        """Whether the size of a pixel has to be known."""
        return any(one.kind in (Kind.MASK, Kind.MM) for one in self.asked.values())


def _first_bad(value: Any, shape: tuple[int, ...], kind: Kind, high: float) -> list[Any]:
    """Return the first part of a value that is not as it should be, in a list; an empty one if all is well."""
    if not shape:
        return [] if _single(value, kind, high) else [value]
    if not isinstance(value, list) or len(value) != shape[0]:
        return [value]
    return next((bad for one in value if (bad := _first_bad(one, shape[1:], kind, high))), [])


def _single(value: Any, kind: Kind, high: float) -> bool:
    if kind is Kind.FLAG:
        return isinstance(value, bool)
    if kind is Kind.NAME:
        return type(value) in (str, int)
    return type(value) in (int, float) and math.isfinite(value) and 0.0 <= value <= high
