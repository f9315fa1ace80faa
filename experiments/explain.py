"""What did the predictors of a task learn? Read back from the networks, beside the simulated patients' own.

    python -m experiments.explain --task depth
    python -m experiments.explain --weights results/depth/synthetic/dose_history.safetensors --patients 40

Simulated patients answer what no recording can: what would have happened under another dose. What is written is the
task's own, see `experiments.explaining`.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

from experiments.running.command_line import run
from experiments.running.results import write_run
from experiments.sites.purposes import seed_for
from experiments.tasks import TASKS


@dataclass(frozen=True)
class Explanation:
    """Read back from predictors what they learned, and score it against the simulated patients.

    Attributes:
        task: of the predictors, by name.
        weights: names of shipped weights, or paths of .safetensors files; the task's choice by default.
        patients: simulated patients, shared out over the training sites.
        seed: of the patients, of whom none has trained or validated.
        out: folder of the results; results/explain_TASK by default.
    """

    task: str = "depth"
    weights: tuple[str, ...] = ()
    patients: int = 40
    seed: int = 0
    out: Path | None = None

    @property
    def folder(self) -> Path:
        """Where the results go."""
        return self.out or Path("results") / f"explain_{self.task}"


def main(config: Explanation) -> None:
    """Ask, score, write, print. Raises ValueError on bad options or weights; nothing has been written then."""
    task = TASKS.get(config.task)
    if task.explain is None:
        raise ValueError(f"task: {task.name!r} is not allowed; nothing explains its predictors")
    if config.patients < 1:
        raise ValueError(f"patients: {config.patients} is not allowed; 1 or more")
    seed = seed_for("test", config.seed)
    warnings.simplefilter("ignore", UserWarning)  # models used outside the people they were built on
    task.explain(
        config.weights, config.patients, seed, config.folder, lambda: write_run(config.folder, config)
    )
    print(f"\nwrote {config.folder}")


if __name__ == "__main__":
    run(main, Explanation)
