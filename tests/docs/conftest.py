"""Blocks of the pages draw their figures in fewer dots, and once, and draw fewer people again."""

from tests.experiments.conftest import coarse_figures, fewer_resamples

__all__ = ["coarse_figures", "fewer_resamples"]
