"""The tables of results, from the small files that were kept of them."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from experiments.documenting import measured
from experiments.documenting.markdown import table
from experiments.failing import showing
from experiments.judging.verdicts import PRIMARY
from experiments.reporting.tables import number, span
from experiments.running.results import ROOT

HEADLINES = (  # of the published benchmarks: protocol, run, metric, statistic, source of the published value
    ("P1", "g1_g2", "iae_bis_s", "mean", "PAS 1, reproduced"),
    ("P2", "ares_pid", "mdpe_percent", "mean", "exact re-implementation"),
    ("P2", "ares_pid", "mdape_percent", "mean", "exact re-implementation"),
    ("P2", "ares_pid", "wobble_percent", "mean", "exact re-implementation"),
    ("P2", "ares_pid", "time_in_40_60_percent", "mean", "exact re-implementation"),
    ("P3", "g1_g2", "induction_iae_bis_s", "mean", "PAS 1, 500 cases"),
    ("P3", "g1_g2", "maintenance_iae_bis_s", "mean", "PAS 1, 500 cases"),
    ("P3", "g1_g2", "induction_iae_bis_s", "mean", "independent, 1000 cases"),
    ("P3", "g1_g2", "maintenance_iae_bis_s", "mean", "independent, 1000 cases"),
    ("P3", "tuned", "induction_iae_bis_s", "mean", "TDC, 1000 cases"),
    ("P3", "tuned", "maintenance_iae_bis_s", "mean", "TDC, 1000 cases"),
)
KEYS = ["protocol", "run", "metric", "statistic", "source"]
PHASES = ("all", "induction", "maintenance", "recovery")
TRANSCRIBED = (
    "replays",
    "speed",
    "tuned_site",
    "learning",
    "learned",
    "gap",
    "gpu",
    "offline_recorded",
)  # whose result files are gone
SHIPPED = ROOT / "predictors" / "weights"


AGENTS = (  # heads of the comparison of agents, after their names
    "time outside BIS 40–60: interquartile mean, %",
    "paired difference, points",
    "MAP < 65, mean %",
    "MDAPE true / measured, median %",
    "min to BIS 80, median / not awake, %",
    "changes / h",
    "awareness / BIS < 20 / limit cycle, % of cases",
)

# Less time out of range than each of these, in percent of theirs: named before the comparison was run.
AIMS = {"anaesthetist_wide+pressure": 50.0, "pi_target+pressure": 20.0, "pid_plants+pressure": 20.0}
CHANGES_PER_HOUR = 30.0


def agents() -> str:
    """Return the comparison of agents: the reference first, then as they were evaluated."""
    return with_origin("agents", table(["agent", *AGENTS], _agents("agents"), numbers=5))


def plants() -> str:
    """Return the comparison of agents on every plant that was kept."""
    names = [path.stem for path in sorted(measured.FOLDER.glob("agents_*.csv"))]
    if not names:
        return "No plant has been measured by its name yet."
    rows = [(name.removeprefix("agents_"), *row) for name in names for row in _agents(name)]
    made = "\n".join(f"Made by {measured.made_by(name)}" for name in names)
    return f"{table(['plant', 'agent', *AGENTS], rows, numbers=5)}\n\n{made}"


def _agents(name: str) -> list[tuple[str, ...]]:
    """Return the rows of a comparison that was kept, the reference first."""
    rows = {(row["agent"], row["metric"]): row for row in measured.read(name).to_dict("records")}
    shown: list[tuple[str, ...]] = []
    for agent in dict.fromkeys(agent for agent, _ in rows):
        first = rows[agent, PRIMARY]
        compared = pd.notna(first["difference"])
        gap = number(first["difference"], 1, True)
        gap += " " + span(first["difference_low"], first["difference_high"], 1, True)
        depths = [rows[agent, metric]["median"] for metric in ("mdape_percent", "measured_mdape_percent")]
        harm = [rows[agent, metric]["mean"] for metric in ("awareness_spell", "bis_below_20", "limit_cycle")]
        waking, asleep = rows[agent, "emergence_to_bis_80_min"], rows[agent, "emergence_not_bis_80"]
        shown.append(
            (
                agent,
                f"{number(first['iqm'], 1)} {span(first['iqm_low'], first['iqm_high'], 1)}",
                gap if compared else "reference",
                number(rows[agent, "map_below_65_percent"]["mean"], 1),
                " / ".join(number(depth, 1) for depth in depths),
                f"{number(waking['median'], 1)} / {number(100.0 * asleep['mean'], 0)}",
                number(rows[agent, "order_changes_per_h"]["mean"], 0),
                " / ".join(number(100.0 * share, 1) for share in harm),
            )
        )
    return shown


def aims() -> str:
    """Return what the agents that look ahead were to reach, and what they reached, on every plant that was kept."""
    kept = {"recorded": "agents"} | {
        path.stem.removeprefix("agents_"): path.stem for path in sorted(measured.FOLDER.glob("agents_*.csv"))
    }
    shown = []
    for plant, name in kept.items():
        rows = measured.read(name).to_dict("records")
        means = {(row["metric"], row["agent"]): float(row["mean"]) for row in rows}
        shown += [(plant, agent, *_reached(means, agent)) for agent in ("mpc", "foresight")]
    heads = [f"time outside, against `{name}` (aim −{aim:.0f} %)" for name, aim in AIMS.items()]
    heads += [
        "MAP < 65 less the least of these, points (aim 0)",
        "minutes to BIS 80 less the least of these (aim 0)",
    ]
    heads += [f"changes / h (aim {CHANGES_PER_HOUR:.0f})", "limit cycles, % of cases (aim 0)"]
    made = "\n".join(f"Made by {measured.made_by(name)}" for name in kept.values())
    return f"{table(['plant', 'agent', *heads], shown, numbers=len(heads))}\n\n{made}"


def _reached(means: dict[tuple[str, str], float], agent: str) -> list[str]:
    """Return an agent's means beside its aims; bold where an aim is missed."""
    shown = []
    for other, aim in AIMS.items():
        change = 100.0 * (means[PRIMARY, agent] / means[PRIMARY, other] - 1.0)
        shown.append(_missed(f"{number(change, 0, True)} %", change > -aim))
    for metric in ("map_below_65_percent", "emergence_to_bis_80_min"):
        gap = means[metric, agent] - min(means[metric, other] for other in AIMS)
        shown.append(_missed(number(gap, 1, True), gap > 0.0))
    changes, cycles = means["order_changes_per_h", agent], 100.0 * means["limit_cycle", agent]
    shown.append(_missed(number(changes, 0), changes > CHANGES_PER_HOUR))
    shown.append(_missed(number(cycles, 1), cycles > 0.0))
    return shown


def _missed(said: str, missed: bool) -> str:
    return f"**{said}**" if missed else said


def benchmarks() -> str:
    """Return the headlines of the published benchmarks."""
    rows = {tuple(row[key] for key in KEYS): row for row in measured.read("protocols").to_dict("records")}
    shown = [(p, r, m, s, w, *_pair(rows[p, r, m, s, w])) for p, r, m, s, w in HEADLINES]
    header = ["protocol", "controller", "score", "statistic", "published by", "published", "ours"]
    return with_origin("protocols", table(header, shown, numbers=2))


def protocols() -> str:
    """Return every mean and median of the published benchmarks beside ours."""
    rows = measured.read("protocols")
    shown = []
    for key, row in zip(rows[KEYS].to_numpy(), rows.to_dict("records"), strict=True):
        agrees = {"True": "yes", "False": "no"}.get(str(row["agrees"]), "–")
        shown.append((*key, *_pair(row), number(row["deviation_percent"], 1, True), agrees))
    header = ["protocol", "controller", "score", "statistic", "published by", "published", "ours"]
    header += ["deviation, %", "agrees"]
    return with_origin("protocols", table(header, shown, numbers=4))


def _pair(row: dict[Any, Any]) -> tuple[str, str]:
    return f"{row['published']:.5g}", f"{row['ours']:.5g}"


def patients() -> str:
    """Return simulated beside recorded patients: every demand, and whether it is met."""
    rows = measured.read("patients")
    met = rows["met"].astype(bool)
    shown = []
    for row in rows.to_dict("records"):
        both = [_three(row[name]) for name in ("recorded", "simulated")]
        answer = "yes" if row["met"] else "**no**"
        shown.append((row["question"], row["quantity"], _said(row["at"]), *both, row["allowed"], answer))
    said = f"Of {len(rows)} demands {int(met.sum())} are met. An AUC of 0.5 would mean that nobody can tell."
    header = ["question", "quantity", "at", "recorded", "simulated", "allowed", "met"]
    return with_origin("patients", f"{said}\n\n{table(header, shown, numbers=4)}")


def told_apart() -> str:
    """Return how well simulated cases are told from recorded ones."""
    rows = measured.read("told_apart").to_dict("records")
    shown = [
        (row["tracks"], f"{number(row['estimate'], 3)} {span(row['low'], row['high'], 3)}") for row in rows
    ]
    return with_origin("told_apart", table(["boosted trees are shown", "AUC"], shown, numbers=1))


def depth_now() -> str:
    """Return how well the index now is known without looking at it."""
    scores = measured.read("depth")
    rows = scores[scores["horizon"] == 0]
    shown = []
    for name in dict.fromkeys(rows["predictor"]):
        own = rows[rows["predictor"] == name].set_index(["metric", "phase"])
        agreement = [_estimate(own.loc["CCC", phase], 3) for phase in PHASES]
        shown.append((name, *agreement, _estimate(own.loc["RMSE", "all"], 1)))
    header = ["predictor (trained on)", *(f"CCC, {phase}" for phase in PHASES), "RMSE, all"]
    return with_origin("depth", table(header, shown, numbers=5))


def depth_ahead() -> str:
    """Return the errors of forecasts of the index, and what their intervals hold."""
    scores = measured.read("depth")
    rows = scores[(scores["horizon"] > 0) & (scores["phase"] == "all")]
    times = sorted(rows["horizon"].unique())
    shown = []
    for name in dict.fromkeys(rows["predictor"]):
        own = rows[rows["predictor"] == name].set_index(["metric", "horizon"])["estimate"]
        if "RMSE" in own.index.get_level_values(0):
            errors = [number(own.get(("RMSE", time), float("nan")), 2) for time in times]
            held = [number(100.0 * own.get(("coverage_80", time), float("nan")), 0) for time in times]
            shown.append((name, *errors, ", ".join(held) if held != ["–"] * len(held) else "–"))
    header = [
        "predictor (trained on)",
        *(f"RMSE, {time // 60:g} min" for time in times),
        "in the 80 % interval, %",
    ]
    return with_origin("depth", table(header, shown, numbers=len(times) + 1))


def alarms() -> str:
    """Return how many exits from 40-60 are announced."""
    rows = measured.read("alarms")
    shown = []
    for name in dict.fromkeys(rows["predictor"]):
        own = rows[rows["predictor"] == name].set_index("false_per_hour")
        caught = [_share(row) for row in own.to_dict("records")]
        shown.append((name, *caught, number(own["lead_s"].mean(), 0)))
    rates = [f"at {rate:g} false alarms/h, %" for rate in dict.fromkeys(rows["false_per_hour"])]
    said = f"{int(rows['exits'].iloc[0])} exits of a minute or more."
    return with_origin(
        "alarms", f"{said}\n\n{table(['predictor', *rates, 'mean lead, s'], shown, numbers=4)}"
    )


def twins() -> str:
    """Return how well twins foresee the rest of their cases, beside others."""
    rows = measured.read("twins")
    rows = rows[rows["phase"] == "all"]
    shown = []
    for question, name in dict.fromkeys(zip(rows["question"], rows["predictor"], strict=True)):
        own = rows[(rows["question"] == question) & (rows["predictor"] == name)].set_index("metric")
        held = number(100 * own.loc["coverage_80", "estimate"], 0) if "coverage_80" in own.index else "–"
        shown.append((question, name, _estimate(own.loc["RMSE"], 2), held))
    header = ["question", "predictor", "RMSE", "in the 80 % interval, %"]
    return with_origin("twins", table(header, shown, numbers=2))


def offline_values() -> str:
    """Return what policies are worth when played, and what each estimator said of it before."""
    rows = measured.read("offline_values")
    names = [*dict.fromkeys(rows["estimator"])]
    shown = []
    for policy, own in rows.groupby("policy", sort=False):
        first = own.iloc[0]
        said = own.set_index("estimator")
        estimates = [
            f"{number(said.loc[name, 'estimate'], 2)} {span(said.loc[name, 'low'], said.loc[name, 'high'], 2)}"
            for name in names
        ]
        truth = f"{number(first['truth'], 2)} {span(first['truth_low'], first['truth_high'], 2)}"
        shown.append((policy, number(first["true_time_in_40_60_percent"], 1), truth, *estimates))
    header = ["policy", "true time in 40–60, mean %", "worth when played", *names]
    return with_origin("offline_values", table(header, shown, numbers=len(names) + 2))


def offline_scores() -> str:
    """Return how good the estimators of what policies are worth are."""
    columns = {
        "rank_correlation": ("rank correlation", 2),
        "mean_error": ("mean error", 2),
        "mean_absolute_error": ("mean absolute error", 2),
        "interval_holds_truth": ("95 % interval holds the truth, share", 2),
        "interval_width": ("its width", 2),
        "effective_cases": ("cases' worth of weight left, median", 0),
        "worth_of_the_chosen": ("worth of the policy it would choose", 2),
    }
    rows = measured.read("offline_scores")
    shown = [
        (row["estimator"], *(number(row[name], digits) for name, (_, digits) in columns.items()))
        for row in rows.to_dict("records")
    ]
    header = ["estimator", *(said for said, _ in columns.values())]
    best = number(rows["worth_of_the_best"].max(), 2)
    said = f"The best of {rows['policies'].max()} policies is worth {best}."
    return with_origin("offline_scores", f"{said}\n\n{table(header, shown, numbers=len(columns))}")


def shipped() -> str:
    """Return what every shipped predictor was trained on, from its card."""
    shown = []
    for path in sorted(SHIPPED.glob("*.json")):
        card = json.loads(path.read_text(encoding="utf-8"))
        if "training" not in card:
            continue  # settings, with a card of their own kind
        how = card["training"]
        counts = [how.get(name, "–") for name in ("cases", "validation_cases", "kept_epoch", "minutes")]
        shown.append([card["architecture"], how["regime"], *counts, card["commit"][:7], card["date"][:10]])
    header = [
        "predictor",
        "trained on",
        "cases",
        "validation cases",
        "epoch kept",
        "minutes",
        "commit",
        "date",
    ]
    return table(header, shown, numbers=6)


def transcribed(about: str) -> str:
    """Return numbers whose result files are gone: with the command and the commit that made them."""
    rows = pd.read_csv(measured.FOLDER / "transcribed.csv", dtype=str).fillna("")
    own = rows[rows["about"] == about].drop(columns="about")
    return table(list(own.columns), own.to_numpy())


def _estimate(row: pd.Series, digits: int) -> str:
    return f"{number(row['estimate'], digits)} {span(row['low'], row['high'], digits)}"


def _share(row: dict[Any, Any]) -> str:
    found, low, high = (100.0 * row[name] for name in ("sensitivity", "sensitivity_low", "sensitivity_high"))
    return f"{number(found, 0)} {span(low, high, 0)}"


def _three(value: float) -> str:
    return f"{value:.3g}".replace("-", "−") if pd.notna(value) else "–"


def _said(value: Any) -> str:
    return str(value) if pd.notna(value) else "–"


def with_origin(name: str, shown: str) -> str:
    """Return a table with the line that says what made it."""
    return f"{shown}\n\nMade by {measured.made_by(name)}"


def campaign() -> str:
    """Return what every fault does to the agents of a campaign: faults down, agents across."""
    headings, rows = showing.across(measured.read("campaign"))
    return with_origin("campaign", table(headings, rows))
