"""Observers: estimators that turn readings into data for agents."""

from sim.registry import Registry

OBSERVERS = Registry("observer", nominal="predictors.nominal:NominalObserver")
