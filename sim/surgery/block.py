"""A regional block: how much of what surgeons do it keeps from the patient, by how far its needle ended off the target.

An assumption, not a measurement. Of the surgery itself alone: nothing of laryngoscopy and tube, which nobody blocks at
the spine, and nothing of the sympathetic nerves, whose block would lower pressure.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.arrays import Array
from sim.surgery.timeline import Surgery

# mm at which half is blocked, and how steeply less farther away (choice). Near enough is as good as exact: 4 mm aside
# of a plexus's sheath did as well as within it (Palhais, Br J Anaesth 2016;116:531, abstract), and an epidural space is
# 4 to 6 mm deep: a needle 2 to 3 mm from its middle is still in it. Here these distances block 0.90 and 0.97 to 0.99.
# Of nerves the distance counts from their outline, as it did from the sheath; of the epidural space from its middle.
HALF, STEEPNESS = 7.0, 4.0


def quality(off: Array, half: float = HALF) -> Array:
    """Return the share of surgical stimulation that is blocked, 1 to 0, by the distance from the target, mm."""
    return 1.0 / (1.0 + (off / half) ** STEEPNESS)


def with_block(surgery: Surgery, blocked: float | np.ndarray) -> Surgery:
    """Return surgeries of NumPy's arrays under a block of this quality, 0 to 1, one or (patients,).

    Raises:
        ValueError: a quality outside 0 to 1.
    """
    blocked = np.array(np.broadcast_to(blocked, surgery.blunted.shape), dtype=float)
    outside = ~((blocked >= 0.0) & (blocked <= 1.0))
    if outside.any():
        raise ValueError(f"block: {blocked[outside][0]:g} is not allowed; 0 to 1")
    return replace(surgery, blocked=blocked)
