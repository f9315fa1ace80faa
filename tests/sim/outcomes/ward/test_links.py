"""The table of links: what ships can be believed as it says, and a bad one of one's own is refused in one line."""

from __future__ import annotations

import pytest

from sim.metrics import metric_table
from sim.outcomes.ward.exposures import EXPOSURE, EXPOSURES
from sim.outcomes.ward.links import OUTCOMES, instead, read, shipped, used, written


def changed(folder, old: str, new: str):
    """Return the path of the shipped table with some text changed."""
    text = written(shipped())
    assert old in text
    path = folder / "mine.csv"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "links.csv"
    path.write_text(written(shipped()), encoding="utf-8")
    assert read(path) == shipped()


def test_every_outcome_has_links_with_what_was_done_and_every_link_a_source():
    for outcome in OUTCOMES:
        assert any(link.done for link in used(shipped(), outcome))
    assert all(link.source and link.low <= link.odds_ratio <= link.high for link in shipped())


def test_everything_that_is_done_is_a_metric_of_the_loop():
    done = {name for name, exposure in EXPOSURES.items() if exposure.done}
    assert done <= set(metric_table())
    assert set(EXPOSURE.table) < done


def test_another_study_takes_the_place_of_the_used_one():
    other = next(link for link in shipped() if link.exposure == "map_below_55_min")
    found = used(instead(shipped(), other), "kidney")
    assert [link.exposure for link in found if link.about == "pressure"] == ["map_below_55_min"]
    assert len(found) == len(used(shipped(), "kidney"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("odds_ratio,", "odds,", "has no column 'odds_ratio'; there are outcome, about, exposure, per, odds, low"),
        ("1.055", "-2", "(row 1): odds_ratio '-2' is not allowed; 0.01 to 100"),
        ("1.055", "much", "(row 1): odds_ratio 'much' is not allowed"),
        ("1.055", "3", "(row 1): odds_ratio 3 is not allowed; 1.019 to 1.091, its low and high"),
        ("map_below_65_min", "tea", "(row 1): exposure 'tea' is not allowed; map_below_65_min, map_below_60_min"),
        ("kidney", "liver", "(row 1): outcome 'liver' is not allowed; kidney, heart, death"),
        ("0.5,yes", "1.5,yes", "(row 1): causal '1.5' is not allowed; 0 to 1"),
        ("0.5,no", "0.5,yes", "(row 2): used 'yes' is not allowed; kidney has a used row about 'pressure' already"),
        ("0.5,no", "0.5,maybe", "(row 2): used 'maybe' is not allowed; yes, no"),
        ("1.0,yes,derived", "0.5,yes,derived", "causal 0.5 and usual 0 are not allowed; 1 and 0, as nobody moves"),
        ("notes", "gossip", "(row 1): read 'gossip' is not allowed; abstract, supplement"),
    ],
)  # fmt: skip
def test_a_bad_table_is_refused_in_a_line_that_names_it(tmp_path, old, new, said):
    with pytest.raises(ValueError, match=r"links: mine\.csv") as error:
        read(changed(tmp_path, old, new))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_an_empty_table_and_a_missing_file_are_refused(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(written(shipped()).splitlines()[0] + "\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"mine\.csv has no rows"):
        read(path)
    with pytest.raises(OSError, match=r"nobody\.csv"):
        read(tmp_path / "nobody.csv")
