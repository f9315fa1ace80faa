"""A search for the numbers of least cost, all candidates of a generation at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from rich.console import Console
from rich.progress import Progress
from scipy.optimize import OptimizeResult, differential_evolution

Bounds = Mapping[str, tuple[float, float]]
TOLERANCE = 1e-3  # of the candidates' costs at which the search ends


def search(
    cost: Callable[[dict[str, np.ndarray]], np.ndarray],
    bounds: Bounds,
    generations: int,
    candidates: int,
    seed: int,
    label: str,
    begin: Mapping[str, float] | None = None,
) -> dict[str, float]:
    """Return the numbers of least cost by differential evolution (Storn & Price, J Glob Optim 1997;11:341).

    Args:
        cost: numbers by name, (candidates,) each -> (candidates,).
        bounds: by name, positive; they are searched by logarithm.
        generations: at most.
        candidates: of a generation, at least; two for every number.
        seed: of the search.
        label: for the progress bar.
        begin: numbers that are among the first candidates.
    """
    limits = np.log(list(bounds.values()))
    first = None if begin is None else np.clip(np.log([begin[name] for name in bounds]), *limits.T)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=generations)

        def report(intermediate_result: OptimizeResult) -> None:
            progress.update(task, advance=1, description=f"{label}, best {intermediate_result.fun:.6g}")

        best = differential_evolution(
            lambda x: cost(dict(zip(bounds, np.exp(x), strict=True))),
            limits,
            x0=first,
            maxiter=generations,
            popsize=max(candidates // len(limits), 2),
            tol=TOLERANCE,
            rng=seed,
            polish=False,
            updating="deferred",
            vectorized=True,
            callback=report,
        )
    return dict(zip(bounds, np.exp(best.x).tolist(), strict=True))
