"""What an anaesthetist sees, how long it must last, and what is then done: the rules, as pure functions.

The rules are composed from practice (no single source): BIS titrates propofol, pressure and heart rate
relative to the awake patient titrate remifentanil, norepinephrine rescues. A sign must be seen at every look
for as long as the clinician's patience; a dial just turned is left alone for a while.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.arrays import Array, like, namespace
from sim.covariates import Covariates
from sim.interfaces import Readings
from sim.randomness import truncated_normals, uniforms
from sim.settings import check_numbers
from sim.surgery import CLOSING, EMERGENCE

LIGHT, DEEP, STRAINED, SLACK, HYPOTENSIVE, RESTORED, CLOSES, OVER = range(8)  # the signs
GOOD_QUALITY = 50.0  # %, from which monitors' manuals call the signal good
NEVER = float("inf")
ROUNDING = (0.1, 0.1, 0.01)  # of the dials: propofol µg/mL, remifentanil ng/mL, norepinephrine µg/kg/min


@dataclass(frozen=True)
class Settings:
    """How anaesthetists work. The defaults are textbook practice.

    Attributes:
        bis_aim, bis_aim_sd, bis_band: the index aimed at, its spread between clinicians, and how far from it
            the index may go either way, BIS.
        light_patience, deep_patience, signs_patience, pressure_patience, restored_patience: s that an index
            too high or too low, strained or slack vital signs, a low and a restored pressure must last.
        patience_log_sd: spread of patience between clinicians.
        look_shortest, look_longest: s between looks at the monitor; each clinician has one interval.
        delay_shortest, delay_longest: s from deciding to turning the dial; each clinician has one delay.
        lockout, rescue_lockout: s that propofol and remifentanil, and norepinephrine, are left alone.
        elderly: years, from which the elderly start and step apply.
        propofol_start, propofol_start_elderly, propofol_lowest, propofol_highest: effect-site targets, µg/mL.
        propofol_step, propofol_step_elderly: µg/mL.
        remifentanil_start, remifentanil_start_elderly, remifentanil_lowest, remifentanil_highest: effect-site
            targets, ng/mL.
        remifentanil_rise, remifentanil_fall: steps up and down, ng/mL.
        strained_above, slack_below: pressure or heart rate, as a share of the awake ones.
        hypotension, restored: mean arterial pressures that call for norepinephrine, and for less, mmHg.
        rescue_bolus, rescue_step, rescue_highest: µg; µg/kg/min; µg/kg/min.
        skin_longest: s from the surgeons' closing to propofol off; each clinician waits between 0 and this.
    """

    bis_aim: float = 50.0
    bis_aim_sd: float = 2.0
    bis_band: float = 10.0
    light_patience: float = 60.0
    deep_patience: float = 120.0
    signs_patience: float = 60.0
    pressure_patience: float = 60.0
    restored_patience: float = 300.0
    patience_log_sd: float = 0.3
    look_shortest: float = 15.0
    look_longest: float = 60.0
    delay_shortest: float = 5.0
    delay_longest: float = 30.0
    lockout: float = 150.0
    rescue_lockout: float = 240.0
    elderly: float = 65.0
    propofol_start: float = 4.0
    propofol_start_elderly: float = 2.5
    propofol_lowest: float = 1.5
    propofol_highest: float = 6.0
    propofol_step: float = 0.5
    propofol_step_elderly: float = 0.3
    remifentanil_start: float = 4.0
    remifentanil_start_elderly: float = 3.0
    remifentanil_lowest: float = 1.0
    remifentanil_highest: float = 8.0
    remifentanil_rise: float = 1.0
    remifentanil_fall: float = 0.5
    strained_above: float = 1.1
    slack_below: float = 0.67
    hypotension: float = 65.0
    restored: float = 85.0
    rescue_bolus: float = 6.0
    rescue_step: float = 0.02
    rescue_highest: float = 0.2
    skin_longest: float = 600.0

    def __post_init__(self) -> None:
        check_numbers(self)
        for low, high in (
            ("look_shortest", "look_longest"),
            ("delay_shortest", "delay_longest"),
            ("propofol_lowest", "propofol_highest"),
            ("remifentanil_lowest", "remifentanil_highest"),
            ("slack_below", "strained_above"),
            ("hypotension", "restored"),
        ):
            if getattr(self, low) > getattr(self, high):
                raise ValueError(
                    f"{low}: {getattr(self, low):g} is not allowed; at most {high}, {getattr(self, high):g}"
                )


@dataclass(frozen=True)
class Clinician:
    """Who gives the anaesthetic, drawn per case, constant over it; (patients,) each.

    Attributes:
        aim: BIS.
        tempo: factor on every patience.
        look, delay, skin: s between looks, from decision to dial, from closing to propofol off.
        elderly: bool, whether the patient is.
        weight: kg, the patient's.
    """

    aim: Array
    tempo: Array
    look: Array
    delay: Array
    skin: Array
    elderly: Array
    weight: Array


def clinician(settings: Settings, covariates: Covariates, keys: np.ndarray) -> Clinician:
    """Draw the clinician of each case; `keys` (patients,) seed the chance."""
    z = truncated_normals(keys, "anaesthetist", 2)
    u = uniforms(keys, "anaesthetist habits", 0, 3)
    drawn = (
        settings.bis_aim + settings.bis_aim_sd * z[0],
        np.exp(settings.patience_log_sd * z[1]),
        settings.look_shortest + (settings.look_longest - settings.look_shortest) * u[0],
        settings.delay_shortest + (settings.delay_longest - settings.delay_shortest) * u[1],
        settings.skin_longest * u[2],
    )
    age = covariates.age
    aim, tempo, look, delay, skin = (like(values, age) for values in drawn)
    elderly = age >= settings.elderly
    return Clinician(aim, tempo, look, delay, skin, elderly, covariates.weight)


def signs(settings: Settings, who: Clinician, awake: Array, readings: Readings) -> tuple[Array, Array]:
    """Return which signs are present and which can be judged, bool, (signs, patients) each.

    Args:
        awake: (2, patients), mean arterial pressure and heart rate before the drugs.
    """
    xp = namespace(readings.bis)
    yes = readings.time >= 0.0
    bis_seen = readings.bis_valid & (readings.signal_quality >= GOOD_QUALITY)
    pressure_seen, rate_seen = readings.pressure_valid, readings.heart_rate_valid
    pressure = readings.mean_arterial_pressure
    high = (pressure_seen & (pressure > settings.strained_above * awake[0])) | (
        rate_seen & (readings.heart_rate > settings.strained_above * awake[1])
    )
    low = (pressure_seen & (pressure < settings.slack_below * awake[0])) | (
        rate_seen & (readings.heart_rate < settings.slack_below * awake[1])
    )
    present = (
        readings.bis > who.aim + settings.bis_band,
        readings.bis < who.aim - settings.bis_band,
        high,
        low & ~high,
        pressure < settings.hypotension,
        pressure > settings.restored,
        readings.phase >= CLOSING,
        readings.phase >= EMERGENCE,
    )
    any_seen = pressure_seen | rate_seen
    seen = (bis_seen, bis_seen, any_seen, any_seen, pressure_seen, pressure_seen, yes, yes)
    return xp.stack(present), xp.stack(seen)


def patience(settings: Settings, who: Clinician) -> Array:
    """Return how long each sign must last before it counts, (signs, patients), s."""
    waits = (
        settings.light_patience,
        settings.deep_patience,
        settings.signs_patience,
        settings.signs_patience,
        settings.pressure_patience,
        settings.restored_patience,
    )
    return namespace(who.tempo).stack([*(wait * who.tempo for wait in waits), who.skin, 0.0 * who.skin])


def steps(settings: Settings, who: Clinician, lasting: Array, readings: Readings) -> Array:
    """Return how far each dial is to be turned, (drugs, patients), signed; 0: leave it.

    Propofol goes up for a light patient and down for a deep one, twice as far where the index is twice as far
    off as tolerated, and down for a hypotensive one in the lower half of the band.

    Args:
        lasting: (signs, patients), which signs have outlasted the clinician's patience.
    """
    xp = namespace(who.aim)
    off = readings.bis - who.aim
    propofol = xp.where(who.elderly, settings.propofol_step_elderly, settings.propofol_step)
    propofol = xp.where(xp.abs(off) > 2.0 * settings.bis_band, 2.0 * propofol, propofol)
    lighten = lasting[DEEP] | (lasting[HYPOTENSIVE] & readings.bis_valid & (off < 0.0))
    return xp.stack(
        [
            propofol * (1.0 * lasting[LIGHT] - 1.0 * lighten),
            settings.remifentanil_rise * lasting[STRAINED] - settings.remifentanil_fall * lasting[SLACK],
            settings.rescue_step * (1.0 * lasting[HYPOTENSIVE] - 1.0 * lasting[RESTORED]),
        ]
    )


def rounded(settings: Settings, dials: Array) -> Array:
    """Return the dials (drugs, patients) within their ranges, rounded as clinicians round."""
    xp = namespace(dials)
    ranges = (
        (settings.propofol_lowest, settings.propofol_highest),
        (settings.remifentanil_lowest, settings.remifentanil_highest),
        (0.0, settings.rescue_highest),
    )
    kept = [xp.clip(dials[i], low, high) for i, (low, high) in enumerate(ranges)]
    return xp.stack([xp.round(dial / unit) * unit for dial, unit in zip(kept, ROUNDING, strict=True)])
