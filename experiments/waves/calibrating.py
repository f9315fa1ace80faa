"""Find the depth at which the synthetic EEG means an index: the curve that drives it, `sim/data/eeg_calibration.json`.

    python -m experiments.waves.calibrating
    python -m experiments.waves.calibrating --people 16 --seconds 60 --out curve.json

People of all ages stay at many depths; openibis reads their EEG, undisturbed and calm; the mean over people, made to
fall with depth (isotonic regression), is turned round.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from sklearn.isotonic import IsotonicRegression

from experiments.running.command_line import run
from experiments.running.results import write_json
from experiments.waves.listening import read
from sim.waves.eeg.depth import SILENT_AT, Curve
from sim.waves.eeg.generator import EEG

STEP = 0.125  # between depths
INDICES = np.linspace(0.0, 100.0, 51)
STEEP = 1e-3  # a curve never stands still, so that it can be turned round


@dataclass(frozen=True)
class Calibration:
    """Calibrate the synthetic EEG by openibis.

    Attributes:
        people: how many stay at every depth.
        seconds: how long each is listened to.
        seed: of people and their EEG.
        out: file of the curve.
    """

    people: int = 128
    seconds: int = 180
    seed: int = 20
    out: Path = Path("sim/data/eeg_calibration.json")


def main(config: Calibration) -> None:
    """Listen, turn round, save. Raises ValueError on numbers below 1."""
    for name in ("people", "seconds"):
        if getattr(config, name) < 1:
            raise ValueError(f"{name}: {getattr(config, name)} is not allowed; 1 or more")
    depths = np.arange(0.0, SILENT_AT + STEP, STEP)
    wave = EEG(disturbed=False, curve=Curve(depths, depths))
    console = Console(stderr=True)
    steps = track(depths, "depths", console=console, transient=True, disable=not sys.stderr.isatty())
    means = np.array(
        [read(wave, depth, config.seconds, config.people, config.seed).index.mean() for depth in steps]
    )
    curve = turned(depths, means)
    made = f"{config.people} people of 18-85 years, {config.seconds} s each, seed {config.seed}"
    write_json(config.out, {"made": made, "index": curve.index, "depth": curve.depth.round(4)})
    print(f"{config.out}: openibis reads from {means.max():.1f} down to {means.min():.1f}")


def turned(depths: np.ndarray, index: np.ndarray) -> Curve:
    """Return the depth at every index, of the mean index at rising depths."""
    falling = IsotonicRegression(increasing=False).fit_transform(depths, index) - STEEP * depths
    return Curve(INDICES, np.interp(INDICES, falling[::-1], depths[::-1]))


if __name__ == "__main__":
    run(main, Calibration)
