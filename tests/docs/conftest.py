"""Blocks of the pages draw their figures in fewer dots, and once."""

from tests.experiments.conftest import coarse_figures

__all__ = ["coarse_figures"]
