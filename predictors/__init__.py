"""Observers: estimators that turn readings into data for agents.

Each entry is a callable that returns an observer; called without arguments it is made for a control period of
10 s, with the weights that come with the package.
"""

from sim.registry import Registry

OBSERVERS = Registry(
    "observer",
    nominal="predictors.depth.nominal:NominalObserver",
    persistence="predictors.depth.persistence:Persistence",
    trend="predictors.depth.persistence:Trend",
    adaptive="predictors.depth.adaptive:shipped",
    surface_refitted="predictors.depth.surface:shipped",
    lee2018="predictors.depth.lee2018:shipped",
    dose_history="predictors.depth.dose_history:shipped",
    forecaster="predictors.depth.forecaster:shipped",
)
