"""A PID that orders propofol rates, beside an anaesthetist who titrates remifentanil."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from agents.control.pid import PID, PROPOFOL_LIMIT, read_settings
from agents.files import in_folder
from agents.human.anaesthetist import WIDE, wide
from sim import pumps
from sim.arrays import Array, map_arrays, namespace, stack
from sim.covariates import Covariates
from sim.interfaces import NOREPINEPHRINE, PROPOFOL, REMIFENTANIL, About, Agent, OrderMode, Orders, Readings
from sim.pharmacokinetics import compartments as pk
from sim.pumps import Controller
from sim.settings import Room

SHIPPED = Path(__file__).parents[1] / "settings" / "pid_plants.json"


@dataclass(frozen=True)
class Memory:
    """What is remembered of the cases.

    Attributes:
        pid, base: memories of the PID and of the anaesthetist.
        pump: how a pump turns targets into rates; constant.
        predicted: (4, 2, patients), what the pump believes is in the body.
        time: (patients,), s, of the last readings.
    """

    pid: Any
    base: Any
    pump: Controller
    predicted: Array
    time: Array


@dataclass(frozen=True)
class BesideOpioid:
    """Propofol by a PID on the index; remifentanil and pressure by the anaesthetist, whose targets it turns into rates.

    No more propofol is given than a pump would for the highest target that others may set; the integral then waits.

    Attributes:
        pid: the PID; its remifentanil is not given.
        base: gives everything but propofol, in mode "targets".
        highest: µg/mL, the effect site that propofol may be led to by the pump's model.
        control_period: s between readings.
        propofol, remifentanil: models in the pumps, see `sim.settings.Room`.
    """

    orders: ClassVar[OrderMode] = "rates"
    any_arrays: ClassVar[bool] = True
    about: ClassVar[About] = About(
        "index, phase; what the anaesthetist sees",
        "rate of propofol by a PID; all else is the anaesthetist's",
        f"propofol 0–{PROPOFOL_LIMIT:g} mg/s and {WIDE.propofol_highest:g} µg/mL; all else of the anaesthetist with "
        "the wide range",
        "the training plants and one more",
    )
    pid: PID
    base: Agent = field(default_factory=wide)
    highest: float = WIDE.propofol_highest
    control_period: float = Room.control_period
    propofol: str = Room.assumed_propofol
    remifentanil: str = Room.assumed_remifentanil

    def initial(self, covariates: Covariates, keys: Array) -> Memory:
        """Return the memory of new cases."""
        kinetics = pumps.assumed_kinetics(covariates, self.propofol, self.remifentanil)
        pump = pumps.controller(kinetics, self.control_period)
        own = self.pid.initial(covariates, keys), self.base.initial(covariates, keys)
        return Memory(*own, pump, pk.empty(kinetics), 0.0 * covariates.age)

    def act(self, state: Memory, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, Memory]:
        """Return rates for the next control period, and the memory.

        Raises:
            ValueError: readings at another pace than `control_period`.
        """
        period = self.control_period
        if bool(((state.time == 0.0) & (readings.time > 0.0) & (readings.time != period)).any()):
            raise ValueError(
                f"control_period: {float(readings.time.max()):g} s is not allowed; the PID's is {period:g} s"
            )
        rates, pid = self.pid.act(state.pid, readings, estimates)
        wanted, base = self.base.act(state.base, readings, estimates)
        predicted = pk.step(state.pump.transition, state.predicted, readings.infused[:2] / period)
        propofol, opioid = rates.infusions[PROPOFOL], wanted.infusions[REMIFENTANIL]
        most, opioid = pumps.target_rate(state.pump, predicted, stack([self.highest + 0.0 * opioid, opioid]))
        xp = namespace(opioid)
        capped, propofol = propofol > most, xp.where(propofol > most, most, propofol)
        propofol = xp.where(wanted.infusions[PROPOFOL] > 0.0, propofol, 0.0 * propofol)
        infusions = stack([propofol, opioid, wanted.infusions[NOREPINEPHRINE]])
        given = replace(wanted, infusions=infusions)
        pid = map_arrays(lambda a, b: xp.where(capped, a, b), self.pid.follow(pid, given), pid)
        return given, Memory(pid, base, state.pump, predicted, readings.time)


def pid_plants(
    path: Path = SHIPPED,
    assumed_propofol: str = Room.assumed_propofol,
    assumed_remifentanil: str = Room.assumed_remifentanil,
) -> BesideOpioid:
    """Return the PID with the gains of `agents/settings/pid_plants.json`, or of another file or folder."""
    settings = read_settings(in_folder(path, SHIPPED.name))
    return BesideOpioid(PID(settings), propofol=assumed_propofol, remifentanil=assumed_remifentanil)
