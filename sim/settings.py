"""The options of patients and rooms, each with its default and what is allowed, stated once.

`Theatre`, the environment's `Options` and the experiments' command lines are these and what they add.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from io import StringIO
from numbers import Integral, Real
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin, get_type_hints

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    Source = str | PathLike[str] | pd.DataFrame
else:  # a command line takes names; pandas is imported by who reads a table
    Source = Annotated[str, "or the path of a CSV file, or its table as a pandas DataFrame"]

TargetSite = Literal["effect_site", "plasma"]

LONGEST_INTERVAL = 15.0  # s, between changes of a pump's rate
SHORTEST_STEP = 0.01  # s
HIGHEST = 2**63 - 1  # of seeds and case numbers
FACTORS = ("spread", "index_delay", "index_noise")  # of `Models`
DECIMAL_COMMA = r"^\s*(-?\d*),(\d+)\s*$"


@dataclass(frozen=True)
class Models:
    """Which models make the patients, and whether patients differ beyond their covariates.

    Attributes:
        propofol: kinetics, by name in `sim.pharmacokinetics`.
        remifentanil: likewise.
        norepinephrine: likewise.
        bis: response of the index, by name in `sim.pharmacodynamics`.
        circulation: likewise.
        variability: whether the published spread between patients is drawn.
        spread: factor on that spread.
        index_delay, index_noise: factors on the delay of the index that monitors show of them, and on its noise.
    """

    propofol: str = "recorded"
    remifentanil: str = "eleveld"
    norepinephrine: str = "li"
    bis: str = "recorded"
    circulation: str = "recorded"
    variability: bool = True
    spread: float = 1.0
    index_delay: float = 1.0
    index_noise: float = 1.0

    def __post_init__(self) -> None:
        check_types(self)
        for name in FACTORS:
            if not 0.0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name}: {getattr(self, name)} is not allowed; a positive number")
        if self.spread != 1.0 and not self.variability:
            raise ValueError(f"spread: {self.spread} is not allowed; 1 where no variability is drawn")


@dataclass(frozen=True)
class Room:
    """How the operating room works, the same for all cases in it.

    Attributes:
        control_period: between readings, and between orders, s.
        physiology_step: s; the kinetics are exact at any, the circulation to 0.1 mmHg at 5 s.
        horizon: length of a case, s.
        target_site: what the targets of pumps are for, effect_site or plasma.
        assumed_propofol: model in the pumps (and in nominal observers), whatever the patient's.
        assumed_remifentanil: likewise.
        irregular_pumps: whether pumps under target control do as recorded ones: rates jitter by 1 to 2 %, new ones
            set in late, loads are divided, syringes of 50 mL are changed; else rates are exact.
        noise: whether the monitors are noisy and lose signal.
        pressure: monitor of the pressure: arterial line, or cuff every 3 min.
        bis_source: what the shown index is made of: surface, the true index with a monitor's delay and noise; or eeg,
            an index computed from the patient's synthetic EEG.
        heart_rate_monitor: monitor of the heart rate.
        readings: more that is shown, by name in `sim.monitors.READINGS`; observations show it, too.
        waves: waveforms that observers hear, by name in `sim.waves.WAVES`.
    """

    control_period: float = 10.0
    physiology_step: float = 5.0
    horizon: float = 10800.0
    target_site: TargetSite = "effect_site"
    assumed_propofol: str = "marsh_pump"
    assumed_remifentanil: str = "minto"
    irregular_pumps: bool = True
    noise: bool = True
    pressure: str = "arterial"
    bis_source: str = "surface"
    heart_rate_monitor: str = "pleth"
    readings: tuple[str, ...] = ()
    waves: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_types(self)
        for name in ("control_period", "physiology_step", "horizon"):
            value = getattr(self, name)
            if not 0.0 < value < float("inf"):
                raise ValueError(f"{name}: {value} is not allowed; a positive number of seconds")
        if self.physiology_step < SHORTEST_STEP:
            raise ValueError(
                f"physiology_step: {self.physiology_step} s is not allowed; at least {SHORTEST_STEP} s"
            )
        if self.physiology_step > self.control_period:
            raise ValueError(
                f"physiology_step: {self.physiology_step} s is not allowed; at most the control period, "
                f"{self.control_period} s"
            )
        if self.physiology_step > LONGEST_INTERVAL:
            raise ValueError(
                f"physiology_step: {self.physiology_step} s is not allowed; at most {LONGEST_INTERVAL} s"
            )
        _check_whole("control_period", self.control_period, "physiology_step", self.physiology_step)
        _check_whole("horizon", self.horizon, "control_period", self.control_period)

    @cached_property
    def pump_interval(self) -> float:
        """Seconds between changes of a pump's rate: whole physiology steps, a whole part of the control period, at
        most 15 s where a step allows it."""
        steps = round(self.control_period / self.physiology_step)
        fits = [
            d for d in range(1, steps + 1) if steps % d == 0 and d * self.physiology_step <= LONGEST_INTERVAL
        ]
        return self.physiology_step * max(fits, default=1)


@dataclass(frozen=True)
class Scenario(Room):
    """A room, and who and what comes into it.

    Attributes:
        cohort: recorded, surgical, random, ionescu13, ares44, or people by age, sex, height and weight: a CSV file, or
            its table as a DataFrame.
        surgery: random, none, struys, dumont, step or ionescu, or events by minute, phase, stimulus and bleeding: a CSV
            file, or its table, see `sim.surgery.table`.
        bleeding_probability: of a bleed in a random surgery.
        events: what every surgery has on top, by name in `sim.surgery.EVENTS`.
        block: share of what hurts from incision to emergence that a regional block keeps from everybody, 0 to 1.
        faults: what goes wrong in every case, by name, with numbers if wanted: bis_dropout, or
            bis_dropout:seconds=600,at=3600, see `sim.faults.spelling`.
    """

    cohort: Source = "recorded"
    surgery: Source = "random"
    bleeding_probability: float = 0.1
    events: tuple[str, ...] = ()
    block: float = 0.0
    faults: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("cohort", "surgery"):
            if isinstance(value := getattr(self, name), PathLike):
                object.__setattr__(self, name, fspath(value))
        super().__post_init__()
        if not 0.0 <= self.bleeding_probability <= 1.0:
            raise ValueError(f"bleeding_probability: {self.bleeding_probability} is not allowed; 0 to 1")
        if not 0.0 <= self.block <= 1.0:
            raise ValueError(f"block: {self.block} is not allowed; 0 to 1")


def check_types(options: Any) -> None:
    """Raise ValueError at the first field of a dataclass whose value is not of the type it declares.

    A whole number may stand for a number, a list for a tuple. Types that are not in `PLAIN` and no classes (unions,
    protocols) are left to whoever declares them.
    """
    hints = get_type_hints(type(options), include_extras=True)
    for name in (field.name for field in fields(options)):
        value = getattr(options, name)
        if allowed := _else_allowed(hints[name], value):
            raise ValueError(f"{name}: {shown(value)} is not allowed; {allowed}")


def check_numbers(options: Any, positive: bool = False) -> None:
    """Raise ValueError at the first field of a dataclass that is no finite number, or below 0 (or 0, if `positive`)."""
    allowed = "a positive number" if positive else "a number, 0 or more"
    for name in (field.name for field in fields(options)):
        value = getattr(options, name)
        if not (_is_number(value) and 0.0 <= value < np.inf) or (positive and value == 0.0):
            raise ValueError(f"{name}: {shown(value)} is not allowed; {allowed}")


def whole(name: str, value: Any, lowest: int = 0) -> int:
    """Return a whole number: a seed, a case number, a count. Raises ValueError if it is none, or too low or high."""
    if allowed := _else_whole(value, lowest):
        raise ValueError(f"{name}: {shown(value)} is not allowed; {allowed}")
    return int(value)


def wholes(name: str, values: Any) -> np.ndarray:
    """Return one or several whole numbers as an int64 array of their shape. Raises ValueError as `whole` does."""
    if isinstance(values, np.ndarray) and values.dtype == np.int64 and values.size and values.min() >= 0:
        return values
    exact = np.array(values, dtype=object)  # as given: beside 1.7 or True others would change their type
    return np.array([whole(name, value) for value in exact.ravel()], dtype=np.int64).reshape(exact.shape)


def shown(value: Any) -> str:
    """Return a value as it reads in a message, in one line."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if is_table(value):
        return f"a table with the columns {', '.join(map(str, value.columns))}"
    if type(value).__repr__ is object.__repr__:
        return f"an object of class {type(value).__name__}"
    if isinstance(value, np.generic):  # a number of single precision has more digits as Python's
        return repr(str(value)) if isinstance(value, np.str_) else str(value)
    return " ".join(repr(value).split())


def is_table(value: Any) -> bool:
    """Say whether a value is a table in memory, a pandas DataFrame, without importing pandas."""
    return type(value).__module__.partition(".")[0] == "pandas" and hasattr(value, "columns")


def read_table(option: str, source: Source, columns: Sequence[str]) -> pd.DataFrame:
    """Return the table that an option names or is: a CSV file, or a DataFrame.

    Raises:
        ValueError: naming option and file where it cannot be read, has no rows, or lacks one of `columns`.
    """
    import pandas as pd  # only here and in `read_text`: the rest of sim does without

    named = "the table" if isinstance(source, pd.DataFrame) else str(source)
    try:
        if isinstance(source, pd.DataFrame):
            table = source
        else:  # again, for the types of its columns
            table = pd.read_csv(StringIO(read_text(Path(source)).to_csv(index=False)))
    except (OSError, ValueError) as error:
        raise ValueError(f"{option}: cannot read {named}: {error}") from None
    for column in columns:
        if column not in table:
            found = ", ".join(map(str, table.columns))
            raise ValueError(f"{option}: {named} has no column {column!r}; found {found}")
    if table.empty:
        raise ValueError(f"{option}: {named} has no rows; at least one is needed")
    return table


def read_text(path: Path) -> pd.DataFrame:
    """Return the cells of a CSV file as text, stripped of nothing but decimal commas, which become points.

    A header with semicolons and no comma says that semicolons part the columns; only then are commas decimal.

    Raises:
        OSError: the file cannot be opened.
        ValueError: it is no UTF-8 text or no table (pandas' and Python's own errors are ValueErrors).
    """
    import pandas as pd

    with path.open(encoding="utf-8-sig") as file:
        header = file.readline()
    semicolons = ";" in header and "," not in header
    table = pd.read_csv(
        path,
        sep=";" if semicolons else ",",
        dtype=str,
        keep_default_na=False,
        encoding="utf-8-sig",
        index_col=False,
    )
    return table.replace(DECIMAL_COMMA, r"\1.\2", regex=True) if semicolons else table


def _else_allowed(wanted: Any, value: Any) -> str:
    """Return what is allowed if the value is not of the type, else nothing."""
    if get_origin(wanted) is Literal:
        return "" if value in get_args(wanted) else " or ".join(get_args(wanted))
    if wanted is int:
        return _else_whole(value, -HIGHEST)
    if wanted in PLAIN:
        fits, allowed = PLAIN[wanted]
        return "" if fits(value) else allowed
    if isinstance(wanted, type) and not getattr(wanted, "_is_protocol", False):
        return "" if isinstance(value, wanted) else f"a {wanted.__name__}"
    return ""


def _else_whole(value: Any, lowest: int) -> str:
    """Return what is allowed if a value is no whole number from the lowest on, else nothing."""
    if not _is_number(value) or not isinstance(value, Integral):
        return "a whole number"
    if int(value) < lowest:
        return f"{lowest} or more"
    return f"at most {HIGHEST}" if int(value) > HIGHEST else ""


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _are_names(values: Any) -> bool:
    return isinstance(values, (tuple, list)) and all(isinstance(value, str) for value in values)


def _are_weights(values: Any) -> bool:
    return isinstance(values, Mapping) and _are_names([*values]) and all(map(_is_number, values.values()))


PLAIN: Mapping[Any, tuple[Callable[[Any], bool], str]] = {
    float: (_is_number, "a number"),
    bool: (lambda value: isinstance(value, (bool, np.bool_)), "True or False"),
    str: (lambda value: isinstance(value, str), "a name"),
    Source: (lambda value: isinstance(value, str) or is_table(value), "a name, a CSV file or its table"),
    tuple[str, ...]: (_are_names, "a tuple of names"),
    Mapping[str, float]: (_are_weights, "numbers by name"),
}


def _check_whole(name: str, value: float, part_name: str, part: float) -> None:
    ratio = value / part
    if abs(ratio - round(ratio)) > 1e-9:
        raise ValueError(f"{name}: {value} s is not allowed; a whole multiple of {part_name}, {part} s")
