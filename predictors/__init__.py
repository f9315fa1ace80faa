"""Observers: estimators that turn readings into data for agents; and predictors that answer once a case.

Each entry of `OBSERVERS` is a callable that returns an observer; called without arguments it is made for a control
period of 10 s, with the weights that come with the package. Those that learn keep the contract of
`predictors.learning.contract.Predictor`; so do the entries of `ANSWERS`, which do not stream.
"""

from sim.registry import Registry

_DEPTH = "predictors.depth"
_EEG = "predictors.depth.eeg"
_LOW = "predictors.risk.hypotension"
_DEATH = "predictors.risk.mortality"

OBSERVERS = Registry(
    "observer",
    nominal="predictors.nominal:NominalObserver",
    persistence=f"{_DEPTH}.persistence:Persistence",
    trend=f"{_DEPTH}.persistence:Trend",
    exits=f"{_DEPTH}.exits:EXITS",
    adaptive=f"{_DEPTH}.adaptive:ADAPTIVE",
    surface_refitted=f"{_DEPTH}.now.surface:SURFACE_REFITTED",
    lee2018=f"{_DEPTH}.now.lee2018:LEE2018",
    dose_history=f"{_DEPTH}.now.dose_history:DOSE_HISTORY",
    vitals=f"{_DEPTH}.now.vitals:VITALS",
    belief="predictors.belief.observer:belief",
    forecaster=f"{_DEPTH}.forecaster:FORECASTER",
    li2020=f"{_EEG}.li2020:LI2020",
    pain="predictors.pain.observer:PAIN",
    hypotension=f"{_LOW}.observer:HYPOTENSION",
    mortality=f"{_DEATH}.observer:MORTALITY",
)
ANSWERS = Registry(
    "one-shot predictor",
    eeg_permutation_entropy=f"{_EEG}.indicator:PERMUTATION_ENTROPY",
    eeg_alpha_ratio=f"{_EEG}.indicator:ALPHA_RATIO",
    eeg_beta_ratio=f"{_EEG}.indicator:BETA_RATIO",
    eeg_spectral_edge=f"{_EEG}.indicator:SPECTRAL_EDGE",
    eeg_openibis=f"{_EEG}.indicator:OPENIBIS",
    eeg_forest=f"{_EEG}.forest:EEG_FOREST",
    eeg_cnn=f"{_EEG}.convolution:EEG_CNN",
    eeg_lstm=f"{_EEG}.li2020:EEG_LSTM",
    hypotension_pressure=f"{_LOW}.logistic:PRESSURE_ALONE",
    hypotension_slope=f"{_LOW}.logistic:PRESSURE_SLOPE",
    hypotension_logistic=f"{_LOW}.logistic:ALL_FEATURES",
    hypotension_trees=f"{_LOW}.trees:TREES",
    intensive_care="predictors.risk.charted.meyer2018:INTENSIVE_CARE",
    arrest="predictors.risk.charted.kwon2018:ARREST",
    mortality_static=f"{_DEATH}.static:STATIC",
)
