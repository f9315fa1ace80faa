"""What is kept of simulated cases: one array a signal, shape (samples, patients)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Trace:
    """Cases on one time grid. Row k: the signals at `time[k]`, the doses of the period that ended then.

    Attributes:
        time: (samples,), s.
        bis, measured_bis: true index, and the monitor's (NaN where it showed none).
        mean_arterial_pressure, heart_rate: true, mmHg and 1/min.
        measured_pressure, measured_heart_rate: mmHg and 1/min, NaN where there was none.
        effect_propofol, effect_remifentanil: true effect-site concentrations, µg/mL and ng/mL.
        propofol, remifentanil, norepinephrine: delivered rate over the period, mg/s, µg/s, µg/s.
        ephedrine, phenylephrine: injected at the beginning of the period, mg and µg.
        order_changes: drug orders the agent changed at the start of the period (0-2; propofol, remifentanil).
        stimulus: noxious stimulation (0 none, 1 intubation).
        conscious: probability of being conscious given the true effect sites (no stimulus), 0-1.
        phase: index into `sim.surgery.PHASES`.
        estimates: what observers made of the readings at `time`, by name.
        more: the room's other readings by name, NaN where not valid.
        reports: what the agent said of itself as it ordered these doses, by name, see `sim.interfaces.Agent`.
    """

    time: np.ndarray
    bis: np.ndarray
    measured_bis: np.ndarray
    mean_arterial_pressure: np.ndarray
    measured_pressure: np.ndarray
    heart_rate: np.ndarray
    measured_heart_rate: np.ndarray
    effect_propofol: np.ndarray
    effect_remifentanil: np.ndarray
    propofol: np.ndarray
    remifentanil: np.ndarray
    norepinephrine: np.ndarray
    ephedrine: np.ndarray
    phenylephrine: np.ndarray
    order_changes: np.ndarray
    stimulus: np.ndarray
    conscious: np.ndarray
    phase: np.ndarray
    estimates: Mapping[str, np.ndarray] = field(default_factory=dict)
    more: Mapping[str, np.ndarray] = field(default_factory=dict)
    reports: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def patients(self) -> int:
        """Number of cases."""
        return self.bis.shape[1]

    def signals(self) -> dict[str, np.ndarray]:
        """Return every (samples, patients) array but estimates, other readings and reports, by name."""
        beside = ("time", "estimates", "more", "reports")
        names = [f.name for f in dataclasses.fields(self) if f.name not in beside]
        return {name: getattr(self, name) for name in names}
