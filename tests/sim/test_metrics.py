"""Metrics against hand-worked cases and closed forms."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sim.metrics import case as metrics
from sim.metrics.case import case_metrics
from sim.metrics.table import DEPTH, METRICS
from sim.theatre.trace import Trace

PERIOD = 5.0
SAMPLES = 721  # an hour from time 0
WEIGHT = np.array([50.0])


def case(**signals: np.ndarray | float) -> Trace:
    """One quiet case: drugs on from 60 s (first period ends at 65 s) to 3000 s, BIS 50, MAP 80."""
    time = PERIOD * np.arange(SAMPLES)
    dosed = (time > 60.0) & (time <= 3000.0)
    quiet: dict[str, np.ndarray | float] = {
        "bis": 50.0,
        "mean_arterial_pressure": 80.0,
        "heart_rate": 70.0,
        "effect_propofol": 3.0,
        "effect_remifentanil": 3.0,
        "propofol": 0.1 * dosed,
        "remifentanil": 0.2 * dosed,
        "norepinephrine": 0.0,
        "order_changes": 0.0,
        "stimulus": 0.0,
        "conscious": 0.0,
        "phase": 0.0,
    }
    quiet["measured_bis"] = signals.get("bis", 50.0)
    quiet["measured_pressure"] = signals.get("mean_arterial_pressure", 80.0)
    quiet["measured_heart_rate"] = signals.get("heart_rate", 70.0)
    columns = {
        name: np.broadcast_to(np.asarray(value, dtype=float), (SAMPLES,))[:, None].copy()
        for name, value in (quiet | signals).items()
    }
    return Trace(time=time, **columns)


def score(**signals: np.ndarray | float) -> dict[str, float]:
    """Return the metrics of `case` as numbers."""
    return {name: float(value[0]) for name, value in case_metrics(case(**signals), WEIGHT).items()}


TIME = PERIOD * np.arange(SAMPLES)


def at(start: float, stop: float, inside: float, outside: float) -> np.ndarray:
    """Return a signal that is `inside` for start < time <= stop and `outside` elsewhere."""
    return np.where((start < TIME) & (stop >= TIME), inside, outside)


def test_varvel_of_a_hand_worked_case():
    # errors of -20, 0, 20, 40, 60 %: bias 20; sizes 0 20 20 40 60; off the bias 40 20 0 20 40
    bis = np.array([40.0, 50.0, 60.0, 70.0, 80.0])[:, None]
    values = metrics.varvel(bis, np.arange(5.0), 50.0)
    assert values["mdpe_percent"] == pytest.approx(20.0)
    assert values["mdape_percent"] == pytest.approx(20.0)
    assert values["wobble_percent"] == pytest.approx(20.0)


def test_medians_leave_out_missing_samples_like_nanmedian():
    chance = np.random.default_rng(3)
    bis = chance.uniform(20.0, 90.0, (201, 30))
    bis[chance.random(bis.shape) < np.linspace(0.0, 0.9, 30)] = np.nan
    error = 100.0 * (bis - 40.0) / 40.0
    values = metrics.varvel(bis, np.arange(201.0), 40.0)
    bias = np.nanmedian(error, axis=0)
    np.testing.assert_allclose(values["mdpe_percent"], bias)
    np.testing.assert_allclose(values["mdape_percent"], np.nanmedian(np.abs(error), axis=0))
    np.testing.assert_allclose(values["wobble_percent"], np.nanmedian(np.abs(error - bias), axis=0))


def test_divergence_is_the_slope_of_the_error_size_per_hour_with_gaps():
    time = np.arange(0.0, 7200.0, 10.0)
    bis = 50.0 * (1.0 - 0.01 * (3.0 + 12.0 * time / 3600.0))[:, None]  # the size grows from 3 by 12 % an hour
    bis[100:180] = np.nan
    bis[::7] = np.nan
    assert metrics.varvel(bis, time, 50.0)["divergence_percent_per_h"] == pytest.approx(12.0)


def test_global_score_of_the_published_example():
    published = metrics.global_score(np.array([12.0]), np.array([8.0]), np.array([0.82]))
    assert published == pytest.approx(20.0 / 0.82)  # 24.4, not divided by a square root


def test_a_case_never_in_range_keeps_a_finite_global_score_worse_than_one_sample_in_range():
    never = score(bis=20.0)["global_score"]
    once = score(bis=at(2000.0, 2010.0, 50.0, 20.0))["global_score"]
    assert once < never < np.inf


def test_bands_hold_their_edges():
    bis = np.array([29.9, 30.0, 39.9, 40.0, 45.0, 50.0, 55.0, 60.0, 60.1, 70.0])[:, None]
    values = {name: value[0] for name, value in metrics.bands(bis, 50.0).items()}
    assert values == pytest.approx(
        {
            "time_in_40_60_percent": 50.0,
            "time_below_40_percent": 30.0,
            "time_above_60_percent": 20.0,
            "time_below_30_percent": 10.0,
            "time_within_5_bis_percent": 30.0,
            "time_within_10_bis_percent": 50.0,
            "hemmerling_excellent_percent": 30.0,
            "hemmerling_good_percent": 20.0,
            "hemmerling_poor_percent": 20.0,
            "hemmerling_inadequate_percent": 30.0,
        }
    )


def test_hemmerling_classes_follow_the_target():
    bis = np.array([45.0, 49.5, 54.0, 58.5, 58.6])[:, None]  # 0, 10, 20, 30 and 30.2 % off a target of 45
    values = metrics.bands(bis, 45.0)
    classes = [
        values[f"hemmerling_{name}_percent"][0] for name in ("excellent", "good", "poor", "inadequate")
    ]
    assert classes == pytest.approx([40.0, 20.0, 20.0, 20.0])


def test_maintenance_runs_from_five_minutes_after_the_first_propofol_to_the_last_dose():
    outside = 95.0
    inside_only = score(bis=at(360.0, 3000.0, 50.0, outside))
    assert inside_only["mdape_percent"] == 0.0
    assert inside_only["time_in_40_60_percent"] == 100.0
    sample = 100.0 * PERIOD / (3000.0 - 360.0)
    late_start = score(bis=at(365.0, 3000.0, 50.0, outside))
    early_stop = score(bis=at(360.0, 2995.0, 50.0, outside))
    assert late_start["time_above_60_percent"] == pytest.approx(sample)
    assert early_stop["time_above_60_percent"] == pytest.approx(sample)


def test_remifentanil_alone_keeps_the_case_going_and_does_not_begin_it():
    propofol = at(60.0, 1000.0, 0.1, 0.0)
    remifentanil = at(0.0, 2000.0, 0.2, 0.0)
    values = metrics.windows(case(propofol=propofol, remifentanil=remifentanil))
    assert (values.start[0], values.stop[0]) == (60.0, 2000.0)


def test_integrated_error_of_a_constant_offset():
    values = score(bis=57.0)
    assert values["iae_bis_s"] == pytest.approx(7.0 * (3000.0 - 360.0))
    assert values["induction_iae_bis_s"] == pytest.approx(7.0 * 600.0)


def test_induction_times_of_a_linear_fall_that_overshoots():
    # From 100 at 60 s down 20 a minute to 34 at 258 s, back up 6 a minute to stay at 50 from 418 s on.
    bis = np.maximum(100.0 - (TIME - 60.0) / 3.0, 34.0)
    bis = np.where(TIME > 258.0, np.minimum(34.0 + (TIME - 258.0) / 10.0, 50.0), bis)
    values = score(bis=bis)
    assert values["induction_to_bis_60_min"] == pytest.approx((185.0 - 60.0) / 60.0)  # 60 at 180 s, not below
    assert values["induction_to_bis_55_min"] == pytest.approx((200.0 - 60.0) / 60.0)
    assert values["induction_st20_min"] == pytest.approx((320.0 - 60.0) / 60.0)  # back above 40 at 318 s
    assert values["induction_st10_min"] == pytest.approx((370.0 - 60.0) / 60.0)  # back above 45 at 368 s
    assert values["induction_nadir_bis"] == pytest.approx(bis.min())
    assert values["induction_undershoot_bis"] == pytest.approx(45.0 - bis.min())
    assert values["induction_below_40_s"] == pytest.approx(PERIOD * ((TIME > 240.0) & (TIME < 318.0)).sum())


def test_an_index_outside_at_the_end_of_induction_has_not_settled():
    values = score(bis=at(300.0, 655.0, 50.0, 70.0))
    assert np.isnan(values["induction_st20_min"])
    assert score(bis=at(300.0, 660.0, 50.0, 70.0))["induction_st20_min"] == pytest.approx(
        (305.0 - 60.0) / 60.0
    )


def test_a_level_never_reached_is_nan():
    values = score(bis=58.0)
    assert np.isnan(values["induction_to_bis_55_min"])
    assert values["induction_to_bis_60_min"] == pytest.approx(PERIOD / 60.0)


def test_pressure_burden_of_a_fifth_of_the_case_at_55():
    anesthesia = 3000.0 - 60.0
    values = score(mean_arterial_pressure=at(600.0, 600.0 + anesthesia / 5.0, 54.0, 81.0))
    assert values["map_below_65_twa_mmhg"] == pytest.approx(11.0 / 5.0, rel=0.01)
    for limit in ("65", "60", "55", "80_of_baseline", "90_of_baseline"):
        assert values[f"map_below_{limit}_percent"] == pytest.approx(20.0, rel=0.01)
    assert values["map_below_65_longest_min"] == pytest.approx(anesthesia / 300.0, abs=PERIOD / 60.0)


def test_pressure_limits_are_strict_and_each_its_own():
    pressure = np.select(
        [TIME <= 60.0, TIME <= 795.0, TIME <= 1530.0, TIME <= 2265.0], [100.0, 90.0, 80.0, 65.0], 64
    )
    values = score(mean_arterial_pressure=pressure)
    assert values["map_below_90_of_baseline_percent"] == pytest.approx(75.0)
    assert values["map_below_80_of_baseline_percent"] == pytest.approx(50.0)
    assert values["map_below_65_percent"] == pytest.approx(25.0)
    assert values["map_below_60_percent"] == 0.0
    assert values["map_below_65_twa_mmhg"] == pytest.approx(0.25)


def test_low_pressure_outside_anesthesia_does_not_count():
    values = score(mean_arterial_pressure=at(60.0, 3000.0, 80.0, 40.0))
    assert values["map_below_65_twa_mmhg"] == 0.0
    assert values["map_below_65_percent"] == 0.0


def test_a_spell_counts_from_a_minute_on_and_the_longest_is_kept():
    short = score(mean_arterial_pressure=at(500.0, 555.0, 50.0, 80.0))
    minute = score(mean_arterial_pressure=at(500.0, 560.0, 50.0, 80.0))
    two = np.minimum(at(500.0, 600.0, 50.0, 80.0), at(900.0, 1080.0, 60.0, 80.0))
    assert short["map_below_65_longest_min"] == 0.0
    assert minute["map_below_65_longest_min"] == pytest.approx(1.0)
    assert score(mean_arterial_pressure=two)["map_below_65_longest_min"] == pytest.approx(3.0)


@pytest.mark.parametrize("missing", ["stimulus", "conscious", "bis"])
def test_awareness_needs_stimulation_consciousness_and_a_high_index(missing: str):
    aware = {"stimulus": 0.5, "conscious": 0.9, "bis": 70.0}
    signals = {name: at(1000.0, 1080.0, level, 0.0) for name, level in aware.items()}
    values = score(**signals)
    assert (values["awareness_s"], values["awareness_spell"]) == (80.0, 1.0)
    assert score(**(signals | {missing: 0.0}))["awareness_s"] == 0.0


def test_awareness_counts_after_drugs_were_stopped_too_early():
    values = score(stimulus=at(3100.0, 3155.0, 0.3, 0.0), conscious=1.0, bis=90.0)
    assert (values["awareness_s"], values["awareness_spell"]) == (55.0, 0.0)


def test_too_deep_counts_seconds_below_20():
    assert score(bis=at(200.0, 290.0, 19.9, 20.0))["bis_below_20_s"] == 90.0


def test_recovery_is_timed_from_the_last_drug():
    before = at(-1.0, 120.0, 100.0, 0.0)  # awake at the start, which is no recovery
    bis = at(3300.0, 4000.0, 85.0, 50.0) + before
    values = score(bis=bis, conscious=at(3180.0, 4000.0, 0.6, 0.1) + before / 100.0)
    assert values["recovery_to_bis_80_min"] == pytest.approx((3305.0 - 3000.0) / 60.0)
    assert values["recovery_to_conscious_min"] == pytest.approx((3185.0 - 3000.0) / 60.0)


def test_a_patient_who_does_not_wake_in_the_record_has_no_recovery_time():
    values = score(bis=at(100.0, 3000.0, 50.0, 80.0), conscious=0.5)
    assert np.isnan(values["recovery_to_bis_80_min"])
    assert np.isnan(values["recovery_to_conscious_min"])


def test_doses_of_a_bolus_and_a_constant_rate():
    # 50 kg; 5 mg/s for 20 s (100 mg), then 0.1 mg/s to 3060 s (300 mg); 0.2 µg/s for 50 min (600 µg).
    propofol = at(40.0, 60.0, 5.0, 0.0) + at(60.0, 3060.0, 0.1, 0.0)
    norepinephrine = at(600.0, 1100.0, 0.05, 0.0)
    changes = at(300.0, 350.0, 1.0, 0.0)  # ten, and one after the drugs were stopped
    changes[-1] = 1.0
    remifentanil = at(60.0, 3060.0, 0.2, 0.0)
    values = score(
        propofol=propofol, remifentanil=remifentanil, norepinephrine=norepinephrine, order_changes=changes
    )
    expected = {
        "propofol_mg_per_kg": 8.0,
        "propofol_mg_per_kg_h": 0.1 * 3600.0 / 50.0,
        "propofol_peak_mg_per_kg_h": 360.0,
        "propofol_variation_mg_per_kg_h": 2.0 * 360.0,  # up to the peak, down to 7.2, down to 0
        "remifentanil_ug_per_kg": 12.0,
        "remifentanil_ug_per_kg_min": 0.24,
        "remifentanil_peak_ug_per_kg_min": 0.24,
        "remifentanil_variation_ug_per_kg_min": 0.48,
        "norepinephrine_ug_per_kg": 0.5,
        "order_changes_per_h": 10.0 / ((3060.0 - 40.0) / 3600.0),
    }
    assert {name: values[name] for name in expected} == pytest.approx(expected)


def test_a_rate_still_running_at_the_end_of_the_record_has_not_been_changed():
    assert score(propofol=at(60.0, 4000.0, 0.1, 0.0))["propofol_variation_mg_per_kg_h"] == pytest.approx(7.2)


def test_missing_measured_samples_are_left_out_and_their_share_is_told():
    measured = at(360.0, 1020.0, np.nan, 55.0)  # 660 s of the 2640 s of maintenance
    values = score(bis=50.0, measured_bis=measured)
    assert values["measured_bis_missing_percent"] == pytest.approx(25.0)
    assert values["measured_mdape_percent"] == pytest.approx(10.0)
    assert values["measured_time_in_40_60_percent"] == 100.0
    assert values["mdape_percent"] == 0.0


def test_nothing_measured_leaves_the_measured_metrics_undefined_and_the_true_ones_alone():
    values = score(measured_bis=np.nan)
    assert values["measured_bis_missing_percent"] == 100.0
    assert all(np.isnan(values[f"measured_{name}"]) for name in DEPTH)
    assert not any(np.isnan(values[name]) for name in DEPTH)


def test_without_drugs_windows_are_empty_and_only_the_record_is_scored():
    values = score(propofol=0.0, remifentanil=0.0, bis=95.0)
    defined = {name for name, value in values.items() if not np.isnan(value)}
    assert defined == {
        "awareness_s",
        "awareness_spell",
        "bis_below_20_s",
        "propofol_mg_per_kg",
        "propofol_peak_mg_per_kg_h",
        "propofol_variation_mg_per_kg_h",
        "remifentanil_ug_per_kg",
        "remifentanil_peak_ug_per_kg_min",
        "remifentanil_variation_ug_per_kg_min",
        "norepinephrine_ug_per_kg",
    }


def test_a_patient_scores_the_same_alone_and_among_others():
    chance = np.random.default_rng(1)
    walk = 50.0 + np.cumsum(chance.normal(0.0, 2.0, (SAMPLES, 6)), axis=0)
    stops = np.array([900.0, 1500.0, 2000.0, 2500.0, 3000.0, 3500.0])
    dosed = (TIME[:, None] > 10.0 * np.arange(6)) & (TIME[:, None] <= stops)
    one = case()
    signals = {name: np.repeat(signal, 6, axis=1) for name, signal in one.signals().items()}
    signals |= {
        "bis": walk,
        "mean_arterial_pressure": walk + 20.0,
        "propofol": dosed * chance.random(walk.shape),
    }
    signals |= {"remifentanil": 0.1 * dosed, "measured_bis": np.where(walk > 55.0, np.nan, walk)}
    batch = Trace(time=TIME, **signals)
    weights = np.linspace(50.0, 110.0, 6)
    together = case_metrics(batch, weights)
    for patient in range(6):
        alone = dataclasses.replace(batch, **{name: s[:, [patient]] for name, s in signals.items()})
        for name, value in case_metrics(alone, weights[[patient]]).items():
            np.testing.assert_allclose(value[0], together[name][patient], rtol=1e-12, err_msg=name)


def test_every_metric_is_in_the_table_with_a_label_of_its_own():
    assert list(case_metrics(case(), WEIGHT)) == list(METRICS)
    assert len({metric.label for metric in METRICS.values()}) == len(METRICS)


def test_bad_input_is_refused_by_name():
    with pytest.raises(ValueError, match="weight_kg: -1 is not allowed"):
        case_metrics(case(), np.array([-1.0]))
    with pytest.raises(ValueError, match="target: 0 is not allowed"):
        case_metrics(case(), WEIGHT, target=0.0)
    with pytest.raises(ValueError, match="two or more samples, rising in even steps"):
        case_metrics(dataclasses.replace(case(), time=TIME**2), WEIGHT)
