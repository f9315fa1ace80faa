"""Patients as a learner meets them: it is shown what the agent will be, its actions move wishes, dials follow.

The agent's own code lays out what is shown and turns the dials, so training and bedside cannot differ. What only the
critic may see stands in the last columns of an observation.
"""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np

from agents.learned import anticipation, foresight
from agents.learned.titration import DECISION
from experiments.learning.tails import Tail
from experiments.learning.task import ALONE, Task
from experiments.loop.evaluation import agent_named
from predictors import OBSERVERS
from sim.arrays import put, take
from sim.environment.sb3 import AnesthesiaVecEnv, Terms
from sim.interfaces import PROPOFOL, REMIFENTANIL, Agent
from sim.pharmacodynamics.hypnosis import index
from sim.surgery import EMERGENCE, stimulus_at

AHEAD = (0.0, 60.0, 120.0, 180.0)  # s, at which the critic knows the stimulus
TRUTHS = 9 + len(AHEAD)
USUAL = np.array([[3.0], [3.0]])  # µg/mL and ng/mL: the index there says how sensitive a patient is
FIRST_PRICE = 0.04  # of a turn, in decisions out of range (choice)


class DosingVecEnv(AnesthesiaVecEnv):
    """Many patients, decisions every 30 s; see the module.

    `price` is that of a turn of a dial.

    Args:
        patients: at once.
        seed: of the cases.
        task: what is to be learned.
        first: number of the first case.
        period: s between readings, a whole part of a decision.
        teacher: whose targets `taught` tells; by default the agent beside the policy.
        **options: of the environment, see `sim.environment.ward.Options`.
    """

    def __init__(
        self,
        patients: int,
        seed: int,
        task: Task,
        first: int = 0,
        period: float = DECISION,
        teacher: Agent | None = None,
        **options: Any,
    ):
        self.task, self.zone = task, np.array(task.zone)
        self.alone = task.beside == ALONE
        self.asked = teacher if self.alone else agent_named(task.beside)
        self.shown = anticipation.columns(task.without)
        self.tail = Tail(task.tail, patients)
        self.price = FIRST_PRICE
        self.parts = round(DECISION / period)
        super().__init__(
            patients,
            seed=seed,
            first=first,
            actions="targets",
            norepinephrine=True,
            control_period=period,
            observer={name: OBSERVERS.get(name)(period) for name in anticipation.OBSERVERS},
            readings=() if "announced" in task.without else anticipation.READINGS,
            reward=task.rewarded,
            **options,
        )
        high = np.full(anticipation.FEATURES + TRUTHS, 5.0, np.float32)
        self.observation_space = gym.spaces.Box(-high, high)
        self.memory: anticipation.Anticipation
        self.mind: Any = None
        self.said: np.ndarray | None = None

    @property
    def reference(self) -> np.ndarray | None:
        """What the agent beside the policy would set, (3, num_envs); None if there is none."""
        return None if self.alone else self.said

    def taught(self) -> np.ndarray:
        """Return the actions that bring the wishes to what the teacher would set, (num_envs, 3)."""
        assert self.said is not None  # whoever asks to be taught has a teacher
        drawn = self.memory.running.settings if self.alone else self.said
        return np.clip((self.said - drawn) / anticipation.REACH, -1.0, 1.0).T

    def reset(self) -> np.ndarray:
        """Begin new cases everywhere."""
        self._begin(None)
        return self._look()

    def step_async(self, actions: np.ndarray) -> None:
        """Move the wishes by actions (num_envs, 3), -1 to 1, and turn the dials that follow."""
        self.memory, self.turns = anticipation.turn(
            self.memory, np.asarray(actions, float), self.seen, self.zone, self.reference
        )

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Advance one decision. A case that is over has no value left, so what it showed last is not handed on."""
        beds = self.num_envs
        rewards, outside, done = np.zeros(beds), np.zeros(beds), np.zeros(beds, bool)
        terms: dict[str, np.ndarray] = {}
        for part in range(self.parts):
            if part:
                self._ask()
            out = self.ward.step(self.memory.dial.T)
            bis, phase = self.ward.seen.truth.bis, self.ward.seen.readings.phase
            outside += (phase < EMERGENCE) * ((bis < 40.0) | (bis > 60.0)) / self.parts
            rewards += out.rewards / self.parts
            terms = {name: terms.get(name, 0.0) + term / self.parts for name, term in out.terms.items()}
            done |= out.terminated | out.truncated
        terms["changes"] = -self.price * self.turns[[PROPOFOL, REMIFENTANIL]].sum(axis=0)
        terms["outside"] = -self.tail.paid(outside)
        rewards += terms["outside"] + terms["changes"]
        self._length += 1
        self._return += rewards
        infos: list[dict[str, Any]] = [{"reward_terms": Terms(terms, i)} for i in range(beds)]
        ended = np.flatnonzero(done)
        for i in ended:
            infos[i]["episode"] = {"r": float(self._return[i]), "l": int(self._length[i]), "t": 0.0}
        if ended.size:
            self._begin(ended)
        return self._look(done), rewards.astype(np.float32), done, infos

    def _begin(self, beds: np.ndarray | None) -> None:
        super()._begin(beds)
        if beds is not None:
            self.tail.end(beds)
        if self.asked is None:
            return
        case = self.ward.case
        who, keys = case.patient.covariates, case.keys
        if beds is None:
            self.mind = self.asked.initial(who, keys)
        else:
            self.mind = put(self.mind, beds, self.asked.initial(take(who, beds), keys[beds]))

    def _ask(self) -> None:
        """Hear what the agent beside the policy, or its teacher, would set."""
        if self.asked is None:
            return
        said, self.mind = self.asked.act(self.mind, self.ward.seen.readings, self.ward.estimates)
        self.said = foresight.settings(said, self.ward.case.patient.covariates.weight)

    def _look(self, fresh: np.ndarray | None = None) -> np.ndarray:
        """Return what is shown now; `fresh` (num_envs,) says whose case has just begun, everybody's by default."""
        self._ask()
        ward = self.ward
        self.seen = anticipation.seen_in(ward.seen.readings, ward.estimates, ward.case.patient.covariates)
        if fresh is None:
            self.memory = anticipation.begin(self.seen, self.reference)
        elif fresh.any():
            begun = anticipation.begin(self.seen, self.reference)
            self.memory = anticipation.chosen(fresh, begun, self.memory)
        features, self.memory = anticipation.look(self.memory, self.seen, self.reference)
        return np.concatenate([features * self.shown, self._truths()], axis=1, dtype=np.float32)

    def _truths(self) -> np.ndarray:
        """Return what only the critic is shown, (num_envs, TRUTHS), each of order one."""
        if not self.task.truth:
            return np.zeros((self.num_envs, TRUTHS), np.float32)
        true, case = self.ward.seen.truth, self.ward.case
        time, site = self.ward.seen.readings.time, true.effect_site
        rows = [
            (true.bis - 50.0) / 15.0,
            (true.mean_arterial_pressure - 75.0) / 20.0,
            (site[PROPOFOL] - 3.0) / 1.5,
            (site[REMIFENTANIL] - 3.0) / 2.0,
            (true.plasma[PROPOFOL] - site[PROPOFOL]) / 2.0,
            true.unconscious - 0.5,
            true.tolerance - 0.5,
            (index(case.patient.hypnosis, *(USUAL + 0.0 * time)) - 50.0) / 15.0,
            self.tail.sums / 10.0,
            *(stimulus_at(case.surgery, time + ahead) / 20.0 for ahead in AHEAD),
        ]
        return np.clip(np.stack(rows), -5.0, 5.0).T.astype(np.float32)
