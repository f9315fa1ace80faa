"""What a policy is worth from another's cases by importance sampling, alone or with a fitted value to lean on.

Both are weighted per decision: the weight of a case at a decision is the product of the odds of all its moves so far
under the policy, over their odds when they were made, as a share of all cases' (Precup, ICML 2000); the doubly robust
one corrects fitted values by what they got wrong (Thomas & Brunskill, ICML 2016). Intervals draw whole cases again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from experiments.judging.bootstrap import Interval, chunks, percentile_ends

RESAMPLES = 500
TINY = 1e-300


class Weighed(NamedTuple):
    """Estimates, and how many cases' worth of weight is left after a time constant of the discount."""

    sampling: Interval
    doubly_robust: Interval
    effective: float


def weighed(
    policy: np.ndarray,
    logged: np.ndarray,
    reward: np.ndarray,
    made: np.ndarray,
    ahead: np.ndarray,
    discount: float,
    seed: int = 0,
) -> Weighed:
    """Return what a policy is worth, in units of the reward of a decision.

    Args:
        policy: (decisions, cases), odds of the moves made under the policy.
        logged: likewise, when they were made.
        reward: likewise, what followed.
        made, ahead: (decisions, cases) and (decisions + 1, cases), fitted values of the move made, and of what the
            policy would do, in units of the reward of a decision.
        discount: of what follows a decision.
        seed: of the draws.
    """
    weight = np.cumprod(policy / logged, axis=0)  # (decisions, cases)
    before = np.concatenate([np.ones_like(weight[:1]), weight])
    worth = discount ** np.arange(len(weight) + 1)
    share = 1.0 - discount
    terms = (weight, weight * reward, weight * (share * reward - made), before, before * ahead)

    def estimate(counts: np.ndarray) -> np.ndarray:
        total, gained, corrected, held, valued = (counts @ term.T for term in terms)
        with np.errstate(invalid="ignore", divide="ignore"):
            sampling = (gained / total) @ worth[:-1] / worth[:-1].sum()
            robust = (corrected / total) @ worth[:-1] + (valued / held) @ worth
        return np.stack([sampling, robust])

    point = estimate(np.ones((1, weight.shape[1])))[:, 0]
    drawn = np.concatenate([estimate(counts) for counts in chunks(weight.shape[1], RESAMPLES, seed)], axis=1)
    sampling, robust = (Interval(float(point[i]), *percentile_ends(drawn[i])) for i in range(2))
    after = weight[min(round(1.0 / share), len(weight)) - 1]
    return Weighed(sampling, robust, float(after.sum() ** 2 / np.maximum((after**2).sum(), TINY)))
