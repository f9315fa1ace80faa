"""Faults as they are written: what a text means, and what is refused."""

from __future__ import annotations

import re

import pytest

from sim.faults.spelling import Strike, strike, strikes


def test_a_name_alone_strikes_at_a_time_that_is_drawn_as_it_usually_does():
    assert strike("bis_bias") == Strike("bis_bias", None, 600.0, {"size": 20.0})


def test_numbers_stand_behind_the_name():
    written = strike("bis_bias:size=-20,at=3600,seconds=0", 7200.0)
    assert written == Strike("bis_bias", 3600.0, 0.0, {"size": -20.0})


def test_a_fault_may_strike_again_at_another_time():
    assert [one.at for one in strikes(("cautery", "cautery:at=60", "cautery:at=90"), 3600.0)] == [
        None,
        60,
        90,
    ]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (("bis_bais",), "fault: unknown name 'bis_bais'; allowed are bis_dropout"),
        (
            ("cautery:amount=3",),
            "faults: cautery:amount=3: unknown parameter 'amount'; allowed are at (0 to 3600 s), "
            "seconds (0 to 1e+06 s), size (0 to 60 points)",
        ),
        (("cautery:size=80",), "faults: cautery:size=80: size '80' is not allowed; 0 to 60 points"),
        (("cautery:size",), "faults: cautery:size: size '' is not allowed; 0 to 60 points"),
        (("cautery:size=nan",), "faults: cautery:size=nan: size 'nan' is not allowed; 0 to 60 points"),
        (("cautery:at=3601",), "faults: cautery:at=3601: at '3601' is not allowed; 0 to 3600 s"),
        (("cautery:at=1,at=2",), "faults: cautery:at=1,at=2 gives at twice; allowed is each once"),
        (("wrong_sex:at=3",), "faults: wrong_sex:at=3: unknown parameter 'at'; allowed are none"),
        (
            ("early_end:seconds=3",),
            "faults: early_end:seconds=3: unknown parameter 'seconds'; allowed are at (0 to 3600 s)",
        ),
        (
            ("cautery:size=3", "cautery:size=4"),
            "faults: cautery:size=3, cautery:size=4 names one twice; allowed is each once, or again with another time",
        ),
        (("wrong_age", "wrong_age:size=5"), "faults: wrong_age, wrong_age:size=5 names one twice"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(texts, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        strikes(texts, 3600.0)
