# SPDX-License-Identifier: Apache-2.0
"""What an OnlineMetaSolver has learned."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

import numpy as np


@dataclass(frozen=True, eq=False)
class OnlineBins:
    """Parts of the features' range, and what is known of each."""

    low: np.ndarray
    """[bins][features]: their borders."""
    high: np.ndarray
    """[bins][features]."""
    tasks: np.ndarray
    """[bins]: remembered."""
    best: np.ndarray
    """[bins][parameters]: of the least expected cost."""
    cost: np.ndarray
    """[bins]: expected there; 0: no task has been here."""
    constant_cost: np.ndarray
    """[bins]: expected of the constants."""
    uncertainty: np.ndarray
    """[bins]: the standard deviation of `cost`, relative."""


@dataclass(frozen=True, eq=False)
class OnlineCells:
    """The grid of parameter values, and what is known of each in each bin."""

    parameters: np.ndarray
    """[grid][parameters]: the values tried."""
    tasks: np.ndarray
    """[bins][grid]: remembered."""
    cost: np.ndarray
    """[bins][grid]: expected; 0: unknown."""


@dataclass(frozen=True, eq=False, repr=False)
class OnlineReport:
    """What an OnlineMetaSolver has learned; `print` shows it in one line. Costs are per task, in the caller's unit:
    iterations, where a solver counts."""

    calls: int
    tasks: int
    cost: float
    """The mean of all tasks."""
    constant_cost: float
    """What the same tasks would have cost with the constants, as estimated."""
    saved: float
    """Of the constants' cost, 0 to 1; negative: lost."""
    regret: float
    """The mean of all tasks beyond the best parameters known now."""
    constants: int
    """Tasks solved with the constants."""
    explored: int
    """Tasks solved with other parameters than the best known then."""
    replaced: int
    """Choices that the solver refused."""
    retried: int
    """Tasks solved again with the constants."""
    debt: float
    """Lost lately against the constants, in tasks; exploration stops at most_loss * 250."""
    bins: OnlineBins
    cells: OnlineCells
    parameters: tuple[str, ...]
    """Names, in the order of the arrays."""
    features: tuple[str, ...]
    """Names, in the order of the arrays."""

    @classmethod
    def of(
        cls,
        numbers: Mapping[str, Any],
        bins: Mapping[str, Any],
        cells: Mapping[str, Any],
        parameters: Sequence[Any],
        features: Sequence[Any],
    ) -> OnlineReport:
        names = {"parameters": tuple(p.name for p in parameters), "features": tuple(f.name for f in features)}
        return cls(**numbers, bins=OnlineBins(**bins), cells=OnlineCells(**cells), **names)

    def summary(self) -> str:
        """One line: what was saved, and what the best parameters are."""
        if self.tasks == 0:
            return "nothing learned yet"
        cost = f"cost {self.cost:.4g} a task"
        if self.constant_cost > 0:
            change = "less" if self.saved >= 0 else "more"
            cost += f", {abs(self.saved):.0%} {change} than the constants' {self.constant_cost:.4g}"
        counts = f"{self.tasks} tasks, {self.explored / self.tasks:.0%} explored, {self.retried} retried"
        return "; ".join([cost, counts, *self._best()])

    def _best(self) -> list[str]:
        """Where tasks have been: along a single feature from its low end to the high one, else in any order."""
        seen = self.bins.tasks > 0
        texts = []
        for name, best in zip(self.parameters, self.bins.best[seen].T):
            if len(best) == 1 or (best == best[0]).all():
                texts.append(f"best {name} {best[0]:.4g}")
            elif len(self.features) == 1:
                low, high = self.bins.low[seen][0, 0], self.bins.high[seen][-1, 0]
                texts.append(f"best {name} {best[0]:.4g} at {self.features[0]} {low:.4g} to {best[-1]:.4g} at {high:.4g}")
            else:
                texts.append(f"best {name} {best.min():.4g} to {best.max():.4g}")
        return texts

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return f"<metasolve.OnlineReport: {self.summary()}>"
