"""The kinds of fault that a loop must stand: eighteen, each of them something that can be simulated."""

from __future__ import annotations

from experiments.failing import kinds
from sim.faults import FAULTS
from sim.faults.spelling import strikes


def test_there_are_eighteen_kinds_and_every_entry_can_be_written():
    assert len(kinds.KINDS) == 18
    for entry in kinds.every():
        assert strikes(kinds.parts(entry), 3600.0), entry


def test_every_fault_there_is_but_a_missing_heart_rate_is_tried():
    tried = {part.partition(":")[0] for entry in kinds.every() for part in kinds.parts(entry)}
    assert {*FAULTS} - tried == {"heart_rate_missing"}
