"""What holds of every tracker."""

from __future__ import annotations

from functools import partial

import pytest
import torch

from predictors.imaging.tracking.classical.ambp import pf_ambp
from predictors.imaging.tracking.classical.kcf import kcf
from predictors.imaging.tracking.classical.lucas_kanade import lucas_kanade
from predictors.imaging.tracking.classical.mean_shift import mean_shift
from predictors.imaging.tracking.classical.mosse import mosse
from predictors.imaging.tracking.classical.ncc import ncc
from predictors.imaging.tracking.offline.dcfnet import FilterFeatures, dcfnet_like
from predictors.imaging.tracking.offline.goturn import BoxNetwork, goturn_like
from predictors.imaging.tracking.offline.hcft import hcft_like
from predictors.imaging.tracking.offline.outlined import Outlines, outlined
from predictors.imaging.tracking.offline.siamfc import SiameseNetwork, siamfc_like
from predictors.imaging.tracking.online.cnt import cnt_like
from predictors.imaging.tracking.online.crest import crest_like
from predictors.imaging.tracking.online.dlt import AutoEncoder, dlt_like
from predictors.imaging.tracking.online.mdnet import SharedLayers, mdnet_like
from tests.predictors.imaging.tracking.scenes import moving

UNTAUGHT = {
    "ncc": ncc,
    "ncc_running": partial(ncc, renewed=0.1),
    "lucas_kanade": lucas_kanade,
    "mean_shift": mean_shift,
    "mosse": mosse,
    "kcf": kcf,
    "pf_ambp": pf_ambp,
    "cnt_like": cnt_like,
}
TAUGHT = {
    "siamfc_like": (SiameseNetwork, siamfc_like),
    "goturn_like": (BoxNetwork, goturn_like),
    "outlined": (Outlines, outlined),
    "dcfnet_like": (FilterFeatures, dcfnet_like),
    "hcft_like": (Outlines, hcft_like),
    "crest_like": (Outlines, crest_like),
    "mdnet_like": (partial(SharedLayers, 3), mdnet_like),
    "dlt_like": (AutoEncoder, dlt_like),
}


def named(name):
    """A tracker by its name; networks have learned nothing."""
    if name in UNTAUGHT:
        return UNTAUGHT[name]
    torch.manual_seed(0)
    network, tracker = TAUGHT[name]
    return partial(tracker, network().eval())


@pytest.mark.parametrize("name", [*UNTAUGHT, *TAUGHT])
def test_the_first_box_stays_others_do_not_matter_and_nothing_is_seen_before_its_time(name):
    films, boxes = moving()
    tracker = named(name)
    with torch.no_grad():
        said = tracker(films, boxes[:, 0])
        assert said.shape == boxes.shape
        torch.testing.assert_close(said[:, 0], boxes[:, 0])
        torch.testing.assert_close(tracker(films[1:], boxes[1:, 0]), said[1:], atol=1e-3, rtol=0.0)
        torch.testing.assert_close(tracker(films[:, :7], boxes[:, 0]), said[:, :7], atol=1e-3, rtol=0.0)


@pytest.mark.parametrize(
    ("name", "within"),
    [
        ("ncc", 0.6),
        ("ncc_running", 0.8),
        ("lucas_kanade", 0.3),
        ("mosse", 1.3),
        ("kcf", 1.3),
        ("pf_ambp", 3.0),
        ("cnt_like", 2.0),
        ("dcfnet_like", 1.3),
        ("hcft_like", 1.3),
        ("mdnet_like", 3.0),
        ("dlt_like", 4.0),
    ],
)
def test_what_passes_unchanged_is_followed(name, within):
    """By features that were drawn by chance, too: a filter, a head or particles make something of any."""
    films, boxes = moving()
    with torch.no_grad():
        said = named(name)(films, boxes[:, 0])
    assert (said - boxes)[:, :, :2].norm(dim=-1).max() < within
