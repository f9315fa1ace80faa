"""The published benchmark loops: a plant of two drugs and a response surface, closed by a PID, once a second.

Every array carries all patients on its last axis; only time is a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import pi, sqrt

import numpy as np
from scipy.signal import cont2discrete, lfilter, tf2ss

from agents.control import pid
from agents.control.pid import PidSettings
from experiments.published.plants import AresPlant, Plant
from sim.pharmacodynamics import hemodynamics
from sim.pharmacodynamics.circulation import Circulation
from sim.pharmacodynamics.hemodynamics import Drive
from sim.pharmacodynamics.hypnosis import unclipped
from sim.pharmacokinetics.compartments import discretise, effect_site, plasma, step
from sim.randomness import normals
from sim.surgery import SURGERIES
from sim.units import SECONDS_PER_MINUTE

RATE_INTERVAL = 5  # s between new rates at the pumps
STEP_SECONDS = 1200  # of protocol P3
Progress = Callable[[Iterable[int]], Iterable[int]]

# BIS monitor of AReS, numerator and denominator in s. Hosseinirad, Comput Methods Programs Biomed 2025.
MONITOR = ([-0.049, 0.066, 0.976, 0.056], [1.0, 2.27, 6.353, 1.487, 0.056])
MONITOR_DELAY = 5  # s


@dataclass(frozen=True)
class Controller:
    """Settings, their gains of a shape that broadcasts to (..., patients), and the seconds between updates."""

    settings: PidSettings
    interval: int


@dataclass(frozen=True)
class Recording:
    """A closed loop, one sample a second.

    Attributes:
        true, measured: index without and with noise, (seconds, ..., patients).
        given: drug delivered, (2, ..., patients), mg and µg.
    """

    true: np.ndarray
    measured: np.ndarray
    given: np.ndarray


def surgical_loop(
    plant: Plant,
    controller: Controller,
    disturbance: np.ndarray,
    noise: np.ndarray | None = None,
    limits: tuple[float, float] = (-np.inf, np.inf),
    progress: Progress = iter,
) -> Recording:
    """Close the loop of protocols P1 and P3 on index = surface + disturbance + noise.

    Each second: advance with the rates in force, read the index, update the controller if it is due, and
    every RATE_INTERVAL put its rates in force. The first sample is taken after the first second, undrugged.

    Args:
        plant: parameters for all patients.
        controller: settings and update interval.
        disturbance: (seconds,), BIS.
        noise: (seconds, patients), BIS; without it the true index is measured.
        limits: lowest and highest index.
    """
    transition = discretise(plant.compartments, 1.0)
    settings, gains = controller.settings, controller.settings.induction
    every_gain = np.shape(gains.kp), np.shape(settings.maintenance.kp)
    rates = np.zeros(np.broadcast_shapes(transition.gamma.shape[1:], *every_gain))
    state, given = np.zeros((4, *rates.shape)), np.zeros_like(rates)
    memory = pid.start(rates[0], settings.start_index)
    true = np.empty((len(disturbance), *rates.shape[1:]))
    measured = true if noise is None else np.empty_like(true)
    for second in progress(range(len(disturbance))):
        state = step(transition, state, rates)
        given += rates
        index = unclipped(plant.surface, *effect_site(state)) + disturbance[second]
        true[second] = np.clip(index, *limits)
        if noise is not None:
            measured[second] = np.clip(index + noise[second], *limits)
        if second == pid.SWITCH_SECONDS:
            gains, memory = settings.maintenance, pid.retune(settings.maintenance, memory)
        if second % controller.interval == 0:
            memory = pid.update(settings, gains, memory, measured[second], controller.interval)
        if second % RATE_INTERVAL == 0:
            rates = pid.rates(memory.output)
    return Recording(true, measured, given)


@dataclass(frozen=True)
class MonitoredRecording:
    """A closed loop, one sample a second, the first at 0 s.

    Attributes:
        index: (samples, patients).
        plasma: propofol µg/mL and remifentanil ng/mL, (2, samples, patients).
        given: drug delivered, (2, patients), mg and µg.
    """

    index: np.ndarray
    plasma: np.ndarray
    given: np.ndarray


def monitored_loop(plant: AresPlant, seconds: int, progress: Progress = iter) -> MonitoredRecording:
    """Close the loop of protocol P2: AReS controller and monitor, delayed effect, no surgery, no drug at 0 s.

    The monitor's filter is linear and sits, as in AReS, on the propofol effect site, so that it commutes with
    the patient's delay, and the two delays are one look back into the filtered concentration. Between whole
    seconds the filter sees the concentration as a straight line.
    """
    transition = discretise(plant.compartments, 1.0)
    state, rates = np.zeros(transition.gamma.shape), np.zeros(transition.gamma.shape[1:])
    given, memory = np.zeros_like(rates), pid.start(rates[0], pid.ARES.start_index)
    a, b, c, d, _ = cont2discrete(tf2ss(*MONITOR), 1.0, method="foh")
    hidden, filtered = np.zeros((len(a), rates.shape[-1])), np.zeros((seconds + 1, rates.shape[-1]))
    look_back, patients = plant.delay.astype(int) + MONITOR_DELAY, np.arange(rates.shape[-1])
    index, concentrations = np.empty_like(filtered), np.empty((2, *filtered.shape))
    for second in progress(range(seconds + 1)):
        propofol, remifentanil = effect_site(state)
        filtered[second] = (c @ hidden + d * propofol)[0]
        hidden = a @ hidden + b * propofol
        seen = filtered[np.maximum(second - look_back, 0), patients]  # at 0 s everybody is drug-free
        index[second] = unclipped(plant.surface, seen, remifentanil)
        concentrations[:, second] = plasma(plant.compartments, state)
        if second % RATE_INTERVAL == 0:
            memory = pid.update(pid.ARES, pid.ARES_GAINS, memory, index[second], RATE_INTERVAL)
            rates = pid.rates_ares(memory.output)
        state = step(transition, state, rates)
        given += rates * (second < seconds)
    return MonitoredRecording(index, concentrations, given)


def pressure_under(circulation: Circulation, plasma: np.ndarray, seconds: float) -> np.ndarray:
    """Return mean arterial pressure, mmHg, (steps, patients), at the end of every second interval.

    Args:
        circulation: parameters (patients,); starts awake.
        plasma: propofol µg/mL and remifentanil ng/mL at an odd number of times, (2, samples, patients).
        seconds: between two samples.
    """
    none, one = np.zeros_like(plasma[0, :3]), np.ones_like(plasma[0, :3])
    state, pressure = hemodynamics.awake(circulation), []
    for first in range(0, plasma.shape[1] - 2, 2):
        propofol, remifentanil = plasma[:, first : first + 3]
        drive = Drive(propofol, remifentanil, norepinephrine=none, tpr=one, hr=one, volume=one)
        state = hemodynamics.advance(circulation, state, drive, 2.0 * seconds)
        now = Drive(*(part[2] for part in drive))
        pressure.append(hemodynamics.vital_signs(circulation, state, now).mean_arterial_pressure)
    return np.stack(pressure)


def disturbance(name: str, seconds: int) -> np.ndarray:
    """Return a disturbance of the index by the name of its surgery, once a second from 0 s, (seconds,)."""
    minutes, points = np.array(SURGERIES.get(name).points).T
    return np.interp(np.arange(seconds), SECONDS_PER_MINUTE * minutes, points)


def step_loop(
    plant: Plant, controller: Controller, noise: np.ndarray | None, progress: Progress = iter
) -> Recording:
    """Close the loop of protocol P3, for as long as there is noise; without noise for all of it."""
    seconds = STEP_SECONDS if noise is None else len(noise)
    return surgical_loop(plant, controller, disturbance("step", seconds), noise, (0.0, 100.0), progress)


def step_noise(keys: np.ndarray) -> np.ndarray:
    """Return P3's BIS noise, (seconds, patients), each case its own; keys from `sim.randomness.case_keys`."""
    return resonant_noise(normals(keys, "benchmark noise", 0, STEP_SECONDS))


def resonant_noise(white: np.ndarray) -> np.ndarray:
    """Return BIS noise (seconds, patients) from standard normal numbers: SD 3 through a resonance at 0.03 Hz.

    Aubouin-Pairault, J Open Source Softw 2023;8:5480 (Python Anesthesia Simulator 1.0).
    """
    damping = 0.2
    omega = 0.06 * pi / sqrt(1.0 - 2.0 * damping**2)
    filtering = ([0.1, 1.0], [1.0 / omega**2, 2.0 * damping / omega, 1.0])
    numerator, denominator, _ = cont2discrete(filtering, 1.0, method="zoh")
    return lfilter(numerator[0], denominator, 3.0 * white, axis=0)
