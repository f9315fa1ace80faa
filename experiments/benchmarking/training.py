"""How fast a policy is trained: decisions a second, patients, features, network and updates included."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from experiments.learning.training import learner
from experiments.tuning.rl import Training


def training(engines: Sequence[str], patients: int) -> Iterator[dict[str, object]]:
    """Yield, for each of these engines, the decisions a second of PPO with its settings; one thread."""
    for name in engines:
        config = Training(patients=patients, engine=name)
        model = learner(config.course(), config.seeds[0])
        model.learn(1)  # whatever takes longer the first time
        begun = time.perf_counter()
        model.learn(2 * model.n_steps * patients)
        seconds = time.perf_counter() - begun
        yield {
            "engine": name,
            "patients": patients,
            "decisions_per_second": model.num_timesteps / seconds,
        }
