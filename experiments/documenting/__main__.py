"""Fill the pages of docs/ and README.md: results, commands, models and names, from the files and code that have them.

    python -m experiments.documenting
    python -m experiments.documenting --keep results/closed_loop

A page is written by hand but for what stands between `<!-- made: NAME -->` and `<!-- end -->`. --keep takes the few
rows that pages show out of a folder of results into docs/measured, with the command, commit and date that made them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from experiments.documenting import (
    eeg,
    heard,
    measured,
    names,
    physiology,
    results,
    scripts,
    signals,
    speed,
)
from experiments.documenting.markdown import filled
from experiments.guided import documented as guided
from experiments.imaging import documented as imaging
from experiments.risk import documented as risk
from experiments.risk.charted import documented as charted
from experiments.risk.hypotension import documented as hypotension
from experiments.risk.rhythm import documented as rhythm
from experiments.risk.ward import documented as ward
from experiments.running.command_line import run
from experiments.running.results import ROOT, write_text
from experiments.shortcomings import documented as shortcomings

PARTS: Mapping[str, Callable[[], str]] = {
    "agents": results.agents,
    "plants": results.plants,
    "aims": results.aims,
    "benchmarks": results.benchmarks,
    "protocols": results.protocols,
    "patients": results.patients,
    "told_apart": results.told_apart,
    "depth_now": results.depth_now,
    "depth_ahead": results.depth_ahead,
    "alarms": results.alarms,
    "twins": results.twins,
    "eeg_depth": heard.depth,
    "eeg_levels": heard.levels,
    "sources": signals.sources,
    "pain": heard.pain,
    "hypotension": hypotension.foreseen,
    "hypotension_ahead": hypotension.ahead,
    "acting": hypotension.acted,
    "kidney": risk.kidney,
    "shortcomings": shortcomings.lessons,
    **imaging.parts(),
    "guided_needles": guided.needles,
    "guided_block": guided.block,
    **guided.parts(),
    "guided_recovery": guided.recovery,
    "guided_watchers": guided.watchers,
    "intensive_care": partial(charted.forward, "intensive_care"),
    "intensive_care_alarms": partial(charted.alarms, "intensive_care_alarms"),
    "arrest": partial(charted.forward, "arrest"),
    "arrest_alarms": partial(charted.alarms, "arrest_alarms"),
    "rhythm": rhythm.kept,
    "mortality": risk.mortality,
    "mortality_shipped": risk.mortality_shipped,
    "mortality_recorded": risk.mortality_recorded,
    "ward_links": ward.links,
    "ward_agents": ward.agents,
    "ward_shares": ward.shares,
    "ward_recorded": ward.recorded,
    "nociception": heard.nociception,
    "offline_values": results.offline_values,
    "offline_scores": results.offline_scores,
    "shipped": results.shipped,
    "engines": speed.engines,
    "training": speed.training,
    "decisions": speed.decisions,
    "agreement": speed.agreement,
    "scale": speed.scale,
    **{about: partial(results.transcribed, about) for about in results.TRANSCRIBED},
    "eeg_bands": eeg.bands,
    "eeg_steady": eeg.levels,
    "eeg_told": eeg.told,
    "eeg_steps": eeg.steps,
    "models": physiology.models,
    "names": names.registries,
    "faults": names.faults,
    "campaign": results.campaign,
    "shield_alarms": names.alarms,
    "metrics": names.metrics,
    "actions": names.actions,
    "observations": names.observations,
    "options": names.options,
    "scripts": scripts.overview,
    "chapters": scripts.chapters,
}


@dataclass(frozen=True)
class Documentation:
    """Fill the pages of the documentation.

    Attributes:
        keep: folders of results whose shown rows are kept first.
    """

    keep: tuple[Path, ...] = ()


def main(config: Documentation) -> None:
    """Keep, then fill. Raises ValueError on results of which nothing is shown, OSError on a missing file."""
    for folder in config.keep:
        print(f"{folder}: kept {', '.join(measured.keep(folder))}")
    for page in pages():
        text = page.read_text(encoding="utf-8")
        if (new := filled(text, PARTS)) != text:
            write_text(page, new)
            print(f"{page.relative_to(ROOT)}: filled")


def pages() -> list[Path]:
    """Return README.md and every page of docs/."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


if __name__ == "__main__":
    run(main, Documentation)
