"""Logs on disk in the Minari format (Farama Foundation): an HDF5 file of episodes, and what they are, as JSON.

An episode is a case: observations are what was shown, actions the index of the move, infos/propensity the odds of that
move (NaN: nobody knows), and its options say whose case it is.
"""

from __future__ import annotations

import os
import shutil
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

from agents.learned.minutely import INPUTS, MOVES
from experiments.offline.logs import Log, join

EXTRA = (
    "Minari is not installed, which reads and writes logged cases: pip install 'anesthesia-testbed[offline]'"
)
DATA = "data"  # folder within that of a data set, as Minari has it


def write(log: Log, folder: Path, about: str, algorithm: str) -> Path:
    """Write a data set; `folder`, which is made, has the data set's name: NAME-v0.

    Args:
        log: of the cases.
        folder: of the data set.
        about: what it is.
        algorithm: who decided.

    Raises:
        ValueError: Minari is not installed.
    """
    storage, dataset = _minari("dataset.minari_storage"), _minari("data_collector")
    partial = folder.absolute().with_name(f".partial-{folder.name}")  # Minari takes no relative paths
    shutil.rmtree(partial, ignore_errors=True)
    (partial / DATA).mkdir(parents=True)
    written = storage.MinariStorage.new(
        partial / DATA,
        observation_space=gym.spaces.Box(-np.inf, np.inf, (INPUTS,), np.float32),
        action_space=gym.spaces.Discrete(len(MOVES)),
    )
    version = _minari().__version__
    written.update_metadata(
        {
            "dataset_id": folder.name,
            "algorithm_name": algorithm,
            "description": about,
            "minari_version": version,
        }
    )
    written.update_episodes(dataset.EpisodeBuffer(**_episode(log, case)) for case in range(log.count))
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(partial, folder)
    return folder


def _episode(log: Log, case: int) -> dict[str, Any]:
    end = int(log.length[case])
    over = np.zeros(end, dtype=bool)
    over[-1:] = True
    return {
        "id": case,
        "options": {"who": str(log.who[case]), "subject": str(log.subject[case])},
        "observations": log.seen[: end + 1, case],
        "actions": log.move[:end, case],
        "rewards": log.reward[:end, case],
        "terminations": np.zeros(end, dtype=bool),
        "truncations": over,
        "infos": {"propensity": log.odds[:end, case]},
    }


def read(folder: Path) -> Log:
    """Return the log that a data set holds; any of its making, if its observations and actions are ours.

    Raises:
        ValueError: Minari is not installed, or the folder holds no such data set.
    """
    minari = _minari()
    if not (folder / DATA / "metadata.json").is_file():
        raise ValueError(f"logs: {folder} holds no data set; python -m experiments.offline.log writes one")
    stored = minari.MinariDataset(folder / DATA).storage
    spaces = stored.observation_space.shape, stored.action_space
    if spaces != ((INPUTS,), gym.spaces.Discrete(len(MOVES))):
        raise ValueError(
            f"logs: {folder} holds {spaces}, which is not allowed; {INPUTS} inputs, {len(MOVES)} moves"
        )
    every = range(stored.total_episodes)
    options = [one["options"] for one in stored.get_episode_metadata(every)]
    return join([_single(one, about) for one, about in zip(stored.get_episodes(every), options, strict=True)])


def _single(episode: dict[str, Any], about: dict[str, str]) -> Log:
    reward = np.asarray(episode["rewards"], dtype=float)
    return Log(
        np.array([about["who"]]),
        np.array([about["subject"]]),
        np.array([len(reward)]),
        np.asarray(episode["observations"], dtype=np.float32)[:, None],
        np.asarray(episode["actions"], dtype=int)[:, None],
        np.asarray(episode["infos"]["propensity"], dtype=float)[:, None],
        reward[:, None],
    )


def needed() -> None:
    """Raise ValueError where Minari is not installed."""
    _minari()


def _minari(part: str = "") -> Any:
    """Return Minari, or a part of it. Raises ValueError where it is not installed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return import_module(f"minari.{part}" if part else "minari")
    except ImportError as error:
        raise ValueError(f"{EXTRA} ({error})") from None
