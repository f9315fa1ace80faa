"""Death after surgery from what is known before and an hour of signs. Fritz BA, Br J Anaesth 2019;123:688."""

from __future__ import annotations

from functools import partial

from experiments.risk.classical import columns_of, table_learners
from experiments.risk.contract import Answer, Learner, Printed, Probabilities, System
from experiments.risk.mortality import clinical
from experiments.risk.mortality.summaries import summarised
from experiments.risk.networks import over_series, over_table
from predictors import ANSWERS
from predictors.risk.mortality import material
from sim.outcomes.mortality.death import DEATH, SILENT, TELLING, people
from sim.outcomes.mortality.frailty import COLUMNS, LABORATORY, SKEWED
from sim.outcomes.mortality.hour import CHANNELS
from sim.outcomes.people import People

LOW = 65.0  # mmHg
LOGISTIC, FOREST, BOOSTED = "logistic_regression", "random_forest", "gradient_boosting"
BEFORE = columns_of(tuple(COLUMNS), SKEWED)
SUMMARIES = summarised(BEFORE, tuple(CHANNELS), ("pressure", LOW))
BEDSIDE = tuple(name for name in COLUMNS if name not in LABORATORY)

LEARNERS: dict[str, Learner] = {
    **table_learners(SUMMARIES, (LOGISTIC, "support_vectors", FOREST, BOOSTED)),
    "perceptron": over_table(SUMMARIES),
    "multipath": over_series(BEFORE, tuple(CHANNELS)),
    "time_shuffled": over_series(BEFORE, tuple(CHANNELS), in_order=False),
    "static_only": table_learners(BEFORE, (LOGISTIC,))[LOGISTIC],
}


def logistic(names: tuple[str, ...]) -> Learner:
    """Return logistic regression on some columns."""
    return table_learners(columns_of(names, SKEWED), (LOGISTIC,))[LOGISTIC]


def shipped(train: People, seed: int) -> Answer:
    """Return the static model that comes with the package: it learned from generated people, and from nobody here."""
    model = ANSWERS.get("mortality_static")()

    def answer(cohort: People) -> Probabilities:
        return {DEATH: model.probability(material.values(cohort.columns, cohort.count))}

    return answer


RECORDED: dict[str, Learner] = {
    "asa_alone": logistic(("asa",)),
    "bedside": logistic(("age", "bmi", "asa", "emergency", "female")),
    "laboratory": logistic(tuple(COLUMNS)),
    **table_learners(BEFORE, (BOOSTED,)),
    "shipped_static": shipped,
}

MORTALITY = System(
    name="mortality",
    description="Death within 30 days of surgery from an hour of signs: does the order of minutes matter?",
    title="Death after surgery",
    caveat="SYNTHETIC people. Frailty known before gives an AUROC of about 0.80 by design, and 1 % die. In `telling` a"
    " sag of pressure that sets in fast and passes off slowly raises the log odds by 1.5, and the same sag backwards"
    " lowers them as much; in `silent` it does nothing. No number that ignores order tells the two apart."
    " How much it matters is a design, not a finding.",
    quoted="Quoted as accuracies of 86.7, 83.6 and 83.7 %. What is printed are AUROCs: multipath network 0.867, random"
    " forest 0.848, logistic regression 0.837, support vectors 0.836, plain network 0.825, with intervals that overlap"
    " widely; quotations leave out the forest and the plain network.",
    source="Fritz BA, Br J Anaesth 2019;123:688",
    variants={"silent": partial(people, SILENT), "telling": partial(people, TELLING)},
    outcomes=(DEATH,),
    sizes=(10_000,),
    test=30_000,
    learners=LEARNERS,
    control=BOOSTED,
    recorded=clinical.read,
    recorded_learners=RECORDED,
    recorded_baselines=("asa_alone", "bedside"),
    baselines=(LOGISTIC, FOREST),
    metrics=("AUROC", "AUPRC", "Brier", "calibration_slope", "expected_to_observed"),
    printed=(
        Printed("multipath", DEATH, "AUROC", 0.867, 0.835, 0.899),
        Printed(FOREST, DEATH, "AUROC", 0.848, 0.815, 0.882),
        Printed(LOGISTIC, DEATH, "AUROC", 0.837, 0.803, 0.871),
        Printed("support_vectors", DEATH, "AUROC", 0.836, 0.802, 0.870),
        Printed("perceptron", DEATH, "AUROC", 0.825, 0.790, 0.860),
    ),
)
