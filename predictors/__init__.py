"""Observers: estimators that turn readings into data for agents.

Each entry is a callable that returns an observer; called without arguments it is made for a control period of
10 s, with the weights that come with the package.
"""

from sim.registry import Registry

OBSERVERS = Registry(
    "observer",
    nominal="predictors.nominal:NominalObserver",
    persistence="predictors.persistence:Persistence",
    trend="predictors.persistence:Trend",
    adaptive="predictors.adaptive:shipped",
    surface_refitted="predictors.surface:shipped",
    lee2018="predictors.lee2018:shipped",
    dose_history="predictors.dose_history:shipped",
    forecaster="predictors.forecaster:shipped",
)
