"""A machine of a cluster is lost in the middle of a run."""

from __future__ import annotations

import pytest

from experiments.running.runners.cluster import ADDRESS, NO_STATISTICS, Cluster
from experiments.running.runners.workers import environment
from tests.experiments.running.runners.work import take_two_seconds


@pytest.mark.slow
def test_parts_of_a_lost_node_are_begun_again_elsewhere(monkeypatch):
    from ray.cluster_utils import Cluster as Nodes

    with environment(NO_STATISTICS):
        nodes = Nodes(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        second = nodes.add_node(num_cpus=1)
    monkeypatch.setenv(ADDRESS, nodes.address)
    shares, lost, begun_again = dict[int, float](), [], []

    def lose(number, share):
        if share < shares.get(number, 0.0):
            begun_again.append(number)
        shares[number] = share
        if not lost and sum(0.0 < share < 1.0 for share in shares.values()) == 2:
            lost.append(nodes.remove_node(second, allow_graceful=False))

    try:
        assert Cluster(2).map(take_two_seconds, range(6), lose) == [*range(6)]
    finally:
        nodes.shutdown()
    assert len(lost) == len(begun_again) == 1
