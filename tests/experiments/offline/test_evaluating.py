"""What a policy is worth, from another's cases: every estimator against the exact value of a small problem."""

import numpy as np
import pytest

from experiments.offline import fitted
from experiments.offline.learners import Descent
from experiments.offline.weighed import weighed
from tests.experiments.offline import tabular
from tests.experiments.offline.tabular import DISCOUNT, MOVES, PLACES, START

HOW = Descent(steps=250, batch=256, rate=0.05, sizes=(), discount=DISCOUNT, follows=0.1)
CAREFUL = 0.1 + 0.7 * np.eye(MOVES)[tabular.best().argmax(axis=1)]
UNIFORM = np.full((PLACES, MOVES), 1.0 / MOVES)
POLICIES = (CAREFUL, tabular.careless(), UNIFORM)
LOG = tabular.logged(tabular.careless(), 300, 30, 2)
PLACE = LOG.seen.argmax(axis=2)
ZERO = np.zeros(LOG.move.shape), np.zeros(PLACE.shape)  # fitted values that know nothing


def exact(policy: np.ndarray) -> float:
    """In units of the reward of a decision."""
    return (1.0 - DISCOUNT) * float(START @ (policy * tabular.values(policy)).sum(axis=1))


def soon(policy: np.ndarray, decisions: int) -> float:
    """The same of the first decisions alone."""
    place, worth = START, DISCOUNT ** np.arange(decisions)
    found = 0.0
    for weight in worth / worth.sum():
        found += weight * float(place @ (policy * tabular.REWARD).sum(axis=1))
        place = np.einsum("s,sa,sap->p", place, policy, tabular.NEXT)
    return found


def odds_made(policy: np.ndarray) -> np.ndarray:
    return policy[PLACE[:-1], LOG.move]


@pytest.fixture(scope="module")
def fit():
    return fitted.fit(LOG, np.stack([policy[PLACE] for policy in POLICIES]), HOW, resamples=3)


def test_the_policies_differ_by_more_than_what_is_tolerated():
    found = [exact(policy) for policy in POLICIES]
    assert min(abs(np.diff(sorted(found)))) > 0.15


def test_fitted_values_are_exact_up_to_chance(fit):
    for number, policy in enumerate(POLICIES):
        assert fit.start[number].mean() == pytest.approx(exact(policy), abs=0.06)
        every = (1.0 - DISCOUNT) * tabular.values(policy)[PLACE[:-1], LOG.move]
        assert np.abs(fit.made[number] - every).mean() < 0.08


def test_importance_sampling_is_exact_up_to_chance():
    """With some thousand cases: products of odds leave little weight, which is what `effective` says."""
    many = tabular.logged(tabular.careless(), 8000, 6, 3)
    place, none = many.seen.argmax(axis=2), np.zeros((7, many.count))
    for policy in (0.5 * (CAREFUL + tabular.careless()), UNIFORM, tabular.careless()):
        made = policy[place[:-1], many.move]
        found = weighed(made, many.odds, many.reward, none[1:], none, DISCOUNT)
        assert found.sampling.estimate == pytest.approx(soon(policy, 6), abs=0.04)
        assert found.sampling.low < soon(policy, 6) < found.sampling.high


def test_weights_are_all_alike_for_who_was_logged():
    found = weighed(LOG.odds, LOG.odds, LOG.reward, *ZERO, DISCOUNT)
    assert found.effective == pytest.approx(LOG.count)
    other = weighed(odds_made(CAREFUL), LOG.odds, LOG.reward, *ZERO, DISCOUNT)
    assert other.effective < 0.3 * LOG.count


def test_leaning_on_fitted_values_is_right_where_these_are_all_too_high(fit):
    for number, policy in enumerate(POLICIES):
        for excess in (0.0, 0.5):
            known = fit.made[number] + excess, fit.ahead[number] + excess
            found = weighed(odds_made(policy), LOG.odds, LOG.reward, *known, DISCOUNT)
            assert found.doubly_robust.estimate == pytest.approx(exact(policy), abs=0.09)


def test_exact_values_make_the_doubly_robust_interval_narrower_than_that_of_sampling():
    value = (1.0 - DISCOUNT) * tabular.values(CAREFUL)
    known = value[PLACE[:-1], LOG.move], (CAREFUL * value).sum(axis=1)[PLACE]
    found = weighed(odds_made(CAREFUL), LOG.odds, LOG.reward, *known, DISCOUNT)
    widths = [one.high - one.low for one in (found.doubly_robust, found.sampling)]
    assert widths[0] < 0.5 * widths[1]
    assert found.doubly_robust.low < exact(CAREFUL) < found.doubly_robust.high
