"""One case as a clinician sees it: the density spectral array over hours, and under it what was shown and given."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.reporting.figures import BAND, COLOURS, FAINT, INK, STYLE, WIDTH
from experiments.waves.writing.tracks import Event, Recording, Wave

SPAN = 2.0  # s of EEG in a spectrum
COLUMNS = 900  # of the array, at most: what a page can show
HIGHEST = 30.0  # Hz
LOUD = -15.0, 25.0  # dB re 1 µV²/Hz
MINUTE = 60.0
AVERAGED = 240  # s
SHORT = {"intubation": "tube", "preparation": "", "maintenance": "", "emergence": "end"}  # of phases


def clinicians_view(recording: Recording) -> Figure:
    """Draw a recording: spectra, index with suppression, pressure and rate, indices of nociception, both drugs."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, 8.2))
        panels = figure.subplots(
            5, 1, sharex=True,
            gridspec_kw={
                "height_ratios": [2.4, 1.5, 1.3, 1.0, 1.2], "hspace": 0.34,
                "left": 0.055, "right": 0.935, "top": 0.955, "bottom": 0.05,
            },
        )  # fmt: skip
        _spectra(figure, panels[0], recording.waves["BIS/EEG1_WAV"])
        _depth(panels[1], recording)
        _circulation(panels[2], recording)
        _nociception(panels[3], recording)
        _doses(panels[4], recording)
        _phases(panels, recording.events)
        panels[0].set_xlim(0.0, recording.seconds / MINUTE)
        panels[-1].set_xlabel("min")
        said = f"{recording.name}: {recording.age:.0f} years, {recording.sex}, simulated"
        panels[0].text(1.0, 1.06, said, transform=panels[0].transAxes, ha="right", color=FAINT)
    return figure


def density(wave: Wave) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (minutes, Hz, dB re 1 µV²/Hz, (frequencies, columns)): spectra of 2 s, the median of each column's."""
    length = round(SPAN * wave.rate)
    count = len(wave.values) // length
    windows = wave.values[: count * length].reshape(count, length)
    taper = np.hanning(length)
    power = np.abs(np.fft.rfft((windows - windows.mean(1, keepdims=True)) * taper)) ** 2
    power *= 2.0 / (wave.rate * (taper**2).sum())
    place = np.fft.rfftfreq(length, 1.0 / wave.rate)
    kept = (place > 0.0) & (place <= HIGHEST)
    each = max(1, -(-count // COLUMNS))
    columns = [np.median(part, axis=0) for part in np.split(power[:, kept], range(each, count, each))]
    minutes = np.arange(len(columns)) * each * SPAN / MINUTE
    return minutes, place[kept], 10.0 * np.log10(np.maximum(np.array(columns).T, 1e-6))


def _spectra(figure: Figure, panel: Axes, wave: Wave) -> None:
    minutes, place, loud = density(wave)
    width = minutes[1] - minutes[0] if len(minutes) > 1 else SPAN / MINUTE
    extent = (0.0, float(minutes[-1] + width), float(place[0]), float(place[-1]))
    image = panel.imshow(
        loud, aspect="auto", origin="lower", extent=extent, cmap="turbo", vmin=LOUD[0], vmax=LOUD[1],
        interpolation="nearest",
    )  # fmt: skip
    panel.set_title("Density spectral array of the frontal EEG, Hz")
    box = panel.get_position()
    bar = figure.add_axes((0.945, box.y0, 0.01, box.height))
    figure.colorbar(image, cax=bar)
    bar.set_title("dB", loc="left", fontsize=7.5)


def _depth(panel: Axes, recording: Recording) -> None:
    panel.axhspan(40.0, 60.0, color=BAND, lw=0)
    panel.fill_between(*_points(recording, "BIS/SR"), color=COLOURS[1], alpha=0.55, lw=0, step="post")
    panel.plot(*_points(recording, "Testbed/TRUE_BIS"), color=FAINT, lw=0.9)
    panel.plot(*_points(recording, "BIS/BIS"), color=INK, lw=1.0)
    panel.set_ylim(0.0, 100.0)
    panel.set_title("Index of the EEG (black), true index (grey), suppression ratio, % (filled)")


def _circulation(panel: Axes, recording: Recording) -> None:
    panel.axhline(65.0, color=FAINT, lw=0.7, ls=(0, (3, 2)))
    panel.plot(*_points(recording, "Solar8000/ART_MBP"), color=COLOURS[1], lw=0.9)
    panel.plot(*_points(recording, "Solar8000/HR"), color=COLOURS[2], lw=0.9)
    panel.set_ylim(30.0, 130.0)
    panel.set_title("Mean arterial pressure, mmHg (orange), heart rate, 1/min (green)")


def _nociception(panel: Axes, recording: Recording) -> None:
    panel.fill_between(*_points(recording, "Testbed/STIMULUS"), color=BAND, lw=0, step="post", zorder=0)
    panel.plot(*_points(recording, "Testbed/SPI"), color=COLOURS[3], lw=0.7)
    minutes, analgesia = _points(recording, "Testbed/ANI")
    panel.plot(minutes, analgesia, color=COLOURS[0], lw=0.4, alpha=0.45)
    panel.plot(minutes, _averaged(analgesia, AVERAGED), color=COLOURS[0], lw=1.1)
    panel.set_ylim(0.0, 100.0)
    panel.set_title("Pleth index (purple), analgesia index and its 4 min mean (blue), stimulation (filled)")


def _doses(panel: Axes, recording: Recording) -> None:
    other = panel.twinx()
    for side, drug, colour in ((panel, "PPF20", COLOURS[4]), (other, "RFTN20", COLOURS[0])):
        minutes, rates = _points(recording, f"Orchestra/{drug}_RATE")
        side.fill_between(minutes, rates, color=colour, alpha=0.25, lw=0, step="post")
        side.set_ylim(0.0, max(1.0, 1.6 * float(np.nanpercentile(rates, 98))))
        top = panel.get_ylim()[1] if side is panel else other.get_ylim()[1]
        minutes, site = _points(recording, f"Orchestra/{drug}_CE")
        side.plot(minutes, site * 0.1 * top, color=colour, lw=1.1)
    other.spines["right"].set_visible(True)
    panel.set_title("Propofol 20 mg/mL (left, brown), remifentanil 20 µg/mL (right, blue): mL/h; lines: effect sites, "
                    "full height 10 µg/mL and ng/mL")  # fmt: skip


def _phases(panels: Sequence[Axes], events: Sequence[Event]) -> None:
    for event in events[1:]:
        for panel in panels:
            panel.axvline(event.time / MINUTE, color=INK, lw=0.5, ls=(0, (1, 2)))
        name = SHORT.get(event.text, event.text)
        panels[1].text(event.time / MINUTE, 97.0, f" {name}" if name else "", va="top", fontsize=7.0)


def _averaged(values: np.ndarray, over: int) -> np.ndarray:
    """Return the mean of the last values that there are, NaN where none of them is."""
    there = np.isfinite(values)
    total, count = (
        np.cumsum(np.pad(part, (over, 0))) for part in (np.where(there, values, 0.0), there * 1.0)
    )
    number = count[over:] - count[:-over]
    return np.where(number > 0.0, (total[over:] - total[:-over]) / np.maximum(number, 1.0), np.nan)


def _points(recording: Recording, name: str, factor: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Return minutes and values of a trend."""
    trend = recording.trends[name]
    return np.arange(len(trend.values)) * trend.interval / MINUTE, factor * trend.values
