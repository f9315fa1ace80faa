"""What passes around the loop, and what an agent or an observer must offer to take part.

Drug-wise arrays have shape (3, patients) in the order of `DRUGS`; everything else has shape (patients,).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from sim.arrays import Array
from sim.covariates import Covariates

DRUGS = ("propofol", "remifentanil", "norepinephrine")
PROPOFOL, REMIFENTANIL, NOREPINEPHRINE = range(3)
PRESSORS = ("ephedrine", "phenylephrine")  # injected by hand
EPHEDRINE, PHENYLEPHRINE = range(2)

OrderMode = Literal["rates", "targets"]


@dataclass(frozen=True)
class Readings:
    """What can be seen in the room: monitors, pump displays, the clock and the surgeons.

    An invalid reading repeats the last valid value and says so; it is never NaN.

    Attributes:
        time: s since the case began.
        phase: index into `sim.surgery.PHASES`.
        bis, bis_valid, signal_quality: index 0-100, bool, 0-100 %.
        mean_arterial_pressure, pressure_valid, pressure_age: mmHg, bool, s since it was measured.
        heart_rate, heart_rate_valid: 1/min, bool.
        infused: (3, patients), drug the pumps say they gave in the last control period (mg, µg, µg).
        more: what the room's other readings show, `<name>` and whether it is valid, `<name>_valid`, each (patients,).
        waves: waveforms of the last control period by name, (samples, patients), see `sim.waves`.
    """

    time: Array
    phase: Array
    bis: Array
    bis_valid: Array
    signal_quality: Array
    mean_arterial_pressure: Array
    pressure_valid: Array
    pressure_age: Array
    heart_rate: Array
    heart_rate_valid: Array
    infused: Array
    more: Mapping[str, Array] = field(default_factory=dict)
    waves: Mapping[str, Array] = field(default_factory=dict)


@dataclass(frozen=True)
class Orders:
    """What the pumps are told for the next control period, and what people inject at its beginning.

    Attributes:
        infusions: (3, patients). In mode "rates": mg/s, µg/s, µg/s. In mode "targets": effect-site (or
            plasma) targets, µg/mL and ng/mL, for propofol and remifentanil; norepinephrine stays a rate.
        boluses: (3, patients), mg, µg, µg, given on top as fast as the pump can.
        pressors: (2, patients), mg of ephedrine and µg of phenylephrine; None where nobody is given any.
        rocuronium: (1, patients), mg; None leaves it to the team, which keeps muscles relaxed until the closing. Only
            waveforms show it.
    """

    infusions: Array
    boluses: Array
    pressors: Array | None = None
    rocuronium: Array | None = None


@dataclass(frozen=True)
class About:
    """What an agent says of itself in a report, a few words each; "" leaves it to what is known of it.

    Attributes:
        sees: of what everybody is shown, what it looks at.
        moves: which drugs.
        limits: within which it keeps them.
        tuned: on which patients it was tuned or trained.
    """

    sees: str = ""
    moves: str = ""
    limits: str = ""
    tuned: str = ""


class Agent(Protocol):
    """A dosing policy over a batch of patients. It holds no patient's state itself.

    One that cannot do without estimates may say whose: `observers: ClassVar[tuple[str, ...]] = ("nominal",)`, names as
    registered. It is then given theirs, called `<observer>.<estimate>`, beside all others that there are.

    One that needs readings beside the usual ones may name them: `readings: ClassVar[tuple[str, ...]] = (...)`, as
    registered in `sim.monitors.READINGS`; a room without them refuses it.

    One that may be overruled can offer `follow(state, orders) -> state`: its memory as if these orders had been its
    own. One that has something to say of itself can offer `report(state)`: arrays (patients,) by name, which a trace
    keeps.

    One may say of itself what a report shows: `about`, an `About`.

    One whose code works on torch tensors as on NumPy arrays, on any device and in single precision, may say so, as may
    an observer: `any_arrays: ClassVar[bool] = True`. It then stays with the engine, see `sim.theatre.engines`.
    """

    @property
    def orders(self) -> OrderMode:
        """What the agent's orders mean."""

    def initial(self, covariates: Covariates, keys: Array) -> Any:
        """Return the state for new cases; `keys` (patients,) seed its chance.

        A state is a tree of arrays, patients last, see `sim.arrays.map_arrays`: a patient takes it along.
        """

    def act(self, state: Any, readings: Readings, estimates: Mapping[str, Array]) -> tuple[Orders, Any]:
        """Return the orders for the next control period and the new state."""


class Observer(Protocol):
    """An estimator fed by readings, streaming: its state is carried, no window is run again.

    One that reads waveforms names them: `waves: ClassVar[tuple[str, ...]] = ("eeg",)`; a room where they are not heard
    refuses it.
    """

    @property
    def control_period(self) -> float:
        """Seconds between the readings it is made for."""

    @property
    def estimates(self) -> Mapping[str, tuple[float, float, str]]:
        """Name -> (lowest, highest, unit) of what `update` returns."""

    def initial(self, covariates: Covariates) -> Any:
        """Return the state for new cases: a tree of arrays, patients last, as an agent's."""

    def update(self, state: Any, readings: Readings) -> tuple[Any, Mapping[str, Array]]:
        """Return the new state and the estimates at the time of the readings."""


@dataclass(frozen=True)
class Prospect:
    """What is believed to follow under candidate plans, at the end of each coming minute.

    A belief may be a mixture: `members` patients of whom each is one case of what may be true. SDs are of what is truly
    so, without a monitor's noise.

    Attributes:
        weights: (members, patients), how likely each is; their sum is 1.
        index, index_sd: (candidates, minutes, members, patients), expected true index, and its SD.
        pressure, pressure_sd: (candidates, minutes, patients), expected mean arterial pressure, and its SD, mmHg.
    """

    weights: Array
    index: Array
    index_sd: Array
    pressure: Array
    pressure_sd: Array


class ForeseeingObserver(Observer, Protocol):
    """An observer that answers index and pressure under plans of all drugs, announced events included."""

    def believe(self, state: Any, readings: Readings) -> Any:
        """Return the new state, as `update` does, without the estimates."""

    @property
    def minutes(self) -> int:
        """Of the longest plan."""

    def foresee(self, state: Any, plans: Array) -> Prospect:
        """Return what follows the readings that the state was last updated with.

        Args:
            state: as `update` returned it.
            plans: (candidates, 3, minutes, patients), mean rates in each coming minute, mg/s, µg/s and µg/s.
        """

    def foresee_pressure(self, state: Any, plans: Array) -> tuple[Array, Array]:
        """Return pressure and its SD alone, of what `foresee` returns."""


class PlanningObserver(Observer, Protocol):
    """An observer that can be asked what would follow if doses were given."""

    @property
    def horizons(self) -> tuple[float, ...]:
        """Seconds after the last readings at which it forecasts, rising."""

    @property
    def quantiles(self) -> tuple[float, ...]:
        """Quantiles that it gives beside the expected value, rising, above 0 and below 1."""

    def forecast_each(self, state: Any, plans: Array) -> Array:
        """Return the index ahead under each plan, (candidates, 1 + quantiles, horizons, patients).

        The expected value comes first, then the quantiles as declared; all after the readings that the state was last
        updated with.

        Args:
            state: as `update` returned it.
            plans: (candidates, 2, minutes, patients), mean rates of propofol and remifentanil in each coming minute up
                to the longest horizon, mg/s and µg/s.
        """
