"""What flatters a predictor, and what is true of it: pitfalls on generated cases whose truth is known, a file each."""

from sim.registry import Registry

_COUNTING = "experiments.shortcomings.counting"
_PEOPLE = "experiments.shortcomings.people"
_REASONS = "experiments.shortcomings.reasons"

DEMONSTRATIONS = Registry(
    "demonstration",
    small_samples=f"{_PEOPLE}.small_samples:SmallSamples",
    minority=f"{_PEOPLE}.minority:Minority",
    site_shift=f"{_PEOPLE}.site_shift:SiteShift",
    raters=f"{_PEOPLE}.raters:Raters",
    prevalence=f"{_PEOPLE}.prevalence:Prevalence",
    indication=f"{_PEOPLE}.indication:Indication",
    resolution=f"{_COUNTING}.resolution:Resolution",
    clocks=f"{_COUNTING}.clocks:Clocks",
    windows=f"{_COUNTING}.windows:Windows",
    case_control=f"{_COUNTING}.case_control:CaseControl",
    independence=f"{_COUNTING}.independence:Independence",
    denominator=f"{_COUNTING}.denominator:Denominator",
    smoothing=f"{_COUNTING}.smoothing:Smoothing",
    permuted=f"{_COUNTING}.permuted:Permuted",
    reasons=f"{_REASONS}.tables:Tables",
    traps=f"{_REASONS}.traps:Traps",
    motif=f"{_REASONS}.motif:Motif",
)
