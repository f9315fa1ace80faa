"""Learning to dose by rewards: the patients as a learner meets them, algorithms, curves, and what is kept of them.

An algorithm is a function (patients, features that the actor sees, seed) -> a stable-baselines3 algorithm.
"""

from sim.registry import Registry

_HERE = "experiments.learning.algorithms"

ALGORITHMS = Registry(
    "algorithm",
    ppo=f"{_HERE}:ppo",
    recurrent_ppo=f"{_HERE}:recurrent_ppo",
    sac=f"{_HERE}:sac",
    tqc=f"{_HERE}:tqc",
)
