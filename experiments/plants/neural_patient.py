"""Learn a patient from your own records, and simulate: index and pressure under doses, without a look at anybody.

    python -m experiments.plants.neural_patient --data DIR

Training subjects teach the network, some of them choose the epoch, and validation subjects judge it: errors of
simulations that run free from the first propofol on, beside the pumps' own nominal models, the population fitted to
records, and the mean index and pressure of the training subjects at that time. Subjects sealed for tests stay sealed.
Agents then anaesthetise it. Its weights are yours: they fall under the terms of your records and do not come with the
package.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from rich.progress import Progress
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from torch import Tensor, nn

from experiments.judging import splits
from experiments.judging.bootstrap import interval
from experiments.plants import neural_play
from experiments.plants.dynamics import (
    PRESSURE,
    SIGNALS,
    STEP,
    Dynamics,
    Material,
    Rest,
    from_file,
    loss,
    simulated,
    to_file,
)
from experiments.recorded.open_loop import follow, typical_subjects
from experiments.recorded.recordings import vitaldb_folder
from experiments.running.command_line import run
from experiments.running.results import atomic, write_csv, write_json, write_run, write_text
from experiments.sites.recorded import read_cases
from experiments.tuning import cards
from predictors.depth.phases import first_propofol
from predictors.learning.cases import Cases
from predictors.learning.contract import Recipe
from predictors.learning.descent import Lesson, descend
from predictors.learning.watching import INTERVAL
from sim.pharmacodynamics.hypnosis import eleveld_delay
from sim.settings import Models

FILE = "neural_patient.safetensors"
LONGEST = 10800.0  # s, of a case; what comes later is left out
CHOOSE = 8  # every so many training subjects chooses the epoch
NOMINAL = Models("marsh_pump", "minto", bis="bouillon", circulation="vitaldb")
SPANS = {"0-10 min": (0.0, 600.0), "10-60 min": (600.0, 3600.0), "60-180 min": (3600.0, LONGEST)}
BATCH = 16  # cases at once
DRAWS = 40  # of a person, for intervals
DECIDING = ("seed", "epochs")  # options
AGENTS = ("anaesthetist_textbook", "pi_target")


@dataclass(frozen=True)
class Config:
    """Train a neural patient on recorded cases, judge it, and let agents anaesthetise it.

    Attributes:
        data: folder of the real recordings; default: ANESTHESIA_DATA, or shared/data beside the checkout.
        out: folder of weights, scores and a card.
        epochs: of training.
        agents: who anaesthetise it.
        patients: whom each of them does; 0 for none.
        seed: of the training, and of those patients.
    """

    data: Path | None = None
    out: Path = Path("results/neural_patient")
    epochs: int = 30
    agents: tuple[str, ...] = AGENTS
    patients: int = 50
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in {"epochs": 1, "patients": 0, "seed": 0}.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name}: {getattr(self, name)} is not allowed; {least} or more")


def main(config: Config) -> None:
    """Train, judge, play; write weights, scores and a card."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    everyone, _ = read_cases(vitaldb_folder(config.data))
    everyone = everyone.shortened(LONGEST)
    rows = splits.split(everyone, splits.SEED)
    train, judges = everyone.select(rows["train"]), everyone.select(rows["validation"])
    with Progress() as bar:
        task = bar.add_task("learning", total=1.0)
        network, rest = learn(
            train, Recipe(config.epochs, seed=config.seed), lambda share: bar.update(task, completed=share)
        )
    out = write_run(config.out, config)
    with atomic(out / FILE) as path:
        save_file(
            {name: np.ascontiguousarray(tensor) for name, tensor in to_file(network, rest).items()}, str(path)
        )
    table = scores(network, rest, train, judges)
    write_csv(out / "scores.csv", table)
    played = neural_play.table(network, rest, config.agents, config.patients, config.seed)
    write_csv(out / "agents.csv", played)
    content = {
        "cases": {"train": train.count, "validation": judges.count},
        "rest": rest,
        **{name: getattr(config, name) for name in DECIDING},
        **cards.made("experiments.plants.neural_patient"),
    }
    write_json(out / "neural_patient.json", content)
    write_text(out / "neural_patient.md", card(content, table, played))
    print((out / "neural_patient.md").read_text(encoding="utf-8"))


def read(path: Path) -> tuple[Dynamics, Rest]:
    """Return the neural patient of a file, or of a folder of results. Raises ValueError if the file is none."""
    path = path / FILE if path.is_dir() else path
    try:
        return from_file(load_file(str(path)))
    except SafetensorError as error:
        raise ValueError(f"weights: {path} is not a whole safetensors file ({error})") from None


class Taught(nn.Module):
    """The network, and the numbers of its own of every person who teaches it, (2, cases)."""

    def __init__(self, network: Dynamics, cases: int) -> None:
        super().__init__()
        self.network, self.own = network, nn.Parameter(torch.zeros(2, cases))


def learn(
    train: Cases, recipe: Recipe, report: neural_play.Report = lambda share: None
) -> tuple[Dynamics, Rest]:
    """Return the network that these cases teach, and what it leaves. Some subjects choose the epoch."""
    torch.manual_seed(recipe.seed)
    subjects = np.unique(train.subject)
    chooses = np.isin(train.subject, subjects[::CHOOSE])
    if chooses.all() or not chooses.any():
        raise ValueError(f"data: {len(subjects)} subjects are not enough to train; 2 or more")
    material, held = Material.of(train.select(~chooses)), Material.of(train.select(chooses))
    taught = Taught(Dynamics(), material.doses.shape[-1])

    def cost(rows: Tensor) -> Tensor:
        return loss(taught.network, material.tensors(rows), taught.own[:, rows])

    def score() -> float:
        nobody = torch.zeros(2, held.doses.shape[-1])
        return float(loss(taught.network, held.tensors(), nobody))

    descend(taught, Lesson(cost, score, material.doses.shape[-1], BATCH), recipe, report)
    own = taught.own.detach().numpy().astype(float)
    said = simulated(taught.network, material, own)
    said[:, PRESSURE] = np.log(said[:, PRESSURE])
    return taught.network.eval(), Rest.of(material.shown - said, own)


def scores(network: Dynamics, rest: Rest, train: Cases, judges: Cases) -> pd.DataFrame:
    """Return one row a span, signal and model: root mean square error a case, mean over cases with interval.

    Coverage and width are of the network's own 80 % intervals, people's numbers and residual drawn.
    """
    material = Material.of(judges)
    shown = _shown(material)
    contenders = {
        "neural": simulated(network, material),
        "nominal": under(NOMINAL, judges),
        "recorded population": under(Models(), judges),
        "mean of training subjects": usual(Material.of(train), shown.shape),
    }
    low, high = np.quantile(drawn(network, rest, material, DRAWS), (0.1, 0.9), axis=0)
    time = STEP * (1.0 + np.arange(len(shown)))
    rows = []
    for span, (begin, end) in SPANS.items():
        inside = (time > begin) & (time <= end)
        if not inside.any():
            continue
        for number, signal in enumerate(SIGNALS):
            told = shown[inside, number]
            there = np.isfinite(told)
            covered = (low[inside, number] <= told) & (told <= high[inside, number])
            for name, values in contenders.items():
                squares = np.where(there, (values[inside, number] - told) ** 2, np.nan)
                error = np.sqrt(np.nanmean(squares[:, there.any(axis=0)], axis=0))
                rows.append(
                    {
                        "span": span,
                        "signal": signal,
                        "model": name,
                        **dict(zip(("rmse", "low", "high"), interval(error), strict=True)),
                        "coverage_80": float(covered[there].mean()) if name == "neural" else np.nan,
                    }
                )
    return pd.DataFrame(rows)


def drawn(network: Dynamics, rest: Rest, material: Material, draws: int, seed: int = 0) -> np.ndarray:
    """Return simulations of people drawn at random under these doses, (draws, steps, 2, cases)."""
    random = np.random.default_rng(seed)
    shape = material.shown.shape
    every = []
    for _ in range(draws):
        own = np.array(rest.own)[:, None] * random.standard_normal((2, shape[-1]))
        said = simulated(network, material, own)
        off = rest.drawn(random.standard_normal(shape))
        every.append(neural_play.with_rest(said, off))
    return np.stack(every)


def under(models: Models, cases: Cases) -> np.ndarray:
    """Return index, shown late as monitors do, and pressure of typical people of a model, (steps, 2, cases)."""
    count = cases.count
    people = typical_subjects(
        cases.person,
        [models.propofol] * count,
        [models.remifentanil] * count,
        models.bis,
        models.circulation,
    )
    rates = np.stack([cases["propofol"], cases["remifentanil"]], axis=1)
    time = INTERVAL * np.arange(len(rates) + 1)
    course = follow(people, time, rates, keep=time > 0.0, quiet=True)
    late = np.round(eleveld_delay(cases.person.age) / INTERVAL).astype(int)
    before = np.maximum(np.arange(len(rates))[:, None] - late, 0)
    bis = np.take_along_axis(course["bis"], before, axis=0)
    begin = first_propofol(cases)
    steps = (len(rates) - int(begin.min())) // round(STEP / INTERVAL)
    each = np.minimum(begin + round(STEP / INTERVAL) * (1 + np.arange(steps))[:, None] - 1, len(rates) - 1)
    return np.stack([np.take_along_axis(values, each, axis=0) for values in (bis, course["map"])], axis=1)


def usual(train: Material, shape: tuple[int, ...]) -> np.ndarray:
    """Return the mean of what training subjects showed at each time, (steps, 2, cases); the last known one holds."""
    mean = pd.DataFrame(np.nanmean(_shown(train), axis=-1)).ffill().to_numpy()
    rows = np.minimum(np.arange(shape[0]), len(mean) - 1)
    return mean[rows][..., None] + np.zeros(shape)


def _shown(material: Material) -> np.ndarray:
    shown = material.shown.copy()
    shown[:, PRESSURE] = np.exp(shown[:, PRESSURE])
    return shown


def card(content: Mapping[str, object], table: pd.DataFrame, played: pd.DataFrame) -> str:
    """Return the card of the weights."""
    counts = content["cases"]
    assert isinstance(counts, dict)
    options = " ".join(f"--{name} {content[name]}" for name in DECIDING)
    return cards.card(
        "neural_patient",
        "A patient learned from records: a recurrent network of doses, person and surgery to index and pressure, "
        "monotone in every dose. Clinicians gave more to whom showed more, so doses and effects are confounded.",
        content,
        f"python -m experiments.plants.neural_patient --data DIR {options}",
        f"your own records: {', '.join(f'{count} {name}' for name, count in counts.items())} cases; weights made of "
        "them fall under the terms of those records",
        "root mean square error of simulations that run free from the first propofol on, a case; mean over validation "
        "cases, with 95 % interval; then agents on people drawn from it",
        [
            "| span | signal | model | RMSE | within 80 % interval |",
            "|---|---|---|--:|--:|",
            *(
                f"| {row['span']} | {row['signal']} | {row['model']} "
                f"| {row['rmse']:.2f} [{row['low']:.2f}, {row['high']:.2f}] "
                f"| {'' if np.isnan(row['coverage_80']) else format(row['coverage_80'], '.2f')} |"
                for row in table.to_dict("records")
            ),
            "",
            "| agent | outside BIS 40-60, % | MAP < 65, % |",
            "|---|--:|--:|",
            *(f"| {row.agent} | {row.outside:.1f} | {row.hypotension:.1f} |" for row in played.itertuples()),
        ],
    )


if __name__ == "__main__":
    run(main, Config)
