"""What is to be predicted, as data: where cases come from, who is compared, by which scores, with which caveat."""

from sim.registry import Registry

TASKS = Registry(
    "task",
    depth="experiments.tasks.depth:DEPTH",
    nociception="experiments.tasks.nociception:NOCICEPTION",
    eeg_depth="experiments.tasks.eeg_depth:EEG_DEPTH",
    hypotension="experiments.tasks.hypotension:HYPOTENSION",
    intensive_care="experiments.tasks.intensive_care:INTENSIVE_CARE",
    arrest="experiments.tasks.arrest:ARREST",
    mortality="experiments.tasks.mortality:MORTALITY",
)
