"""Cases logged as data sets, policies learned from them, and how well those are judged without being played."""

from sim.registry import Registry

LEARNERS = Registry(
    "offline learner",
    clone="experiments.offline.learners:clone",
    q_learning="experiments.offline.learners:q_learning",
    cql="experiments.offline.learners:conservative",
    iql="experiments.offline.learners:implicit",
)
