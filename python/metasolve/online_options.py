# SPDX-License-Identifier: Apache-2.0
"""What an OnlineMetaSolver chooses, and from what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Union

import numpy as np

from . import _core, _options


@dataclass(frozen=True)
class Parameter:
    """One number that an OnlineMetaSolver chooses."""

    name: str
    """As the solver calls it: "omega", "shift", "relaxation", "restart", "guess_scale", "rho", "alpha", or a column of a
    problem of your own. Any other for `choose` and `learn` alone."""
    low: float
    """The low end of its range, included."""
    high: float
    """The high end, included."""
    constant: float
    """What would be used without learning, in the range: gains are measured against it."""
    logarithmic: bool = False
    """Whether the values tried lie evenly in the logarithm; low > 0."""
    values: int = 16
    """How many are tried, 2 to 32; of all parameters together at most 256."""
    iteration_cost: float = 0.0
    """An iteration costs 1 + the sum over all parameters of iteration_cost * value: for parameters that make iterations
    dearer, such as a restart length."""


@dataclass(frozen=True)
class Feature:
    """One number of a task on which its best parameters depend, such as a time step or a coefficient."""

    name: str
    low: float
    """The low end of its range; values beyond count as the nearer end."""
    high: float
    """The high end."""
    logarithmic: bool = False
    """Whether its logarithm matters; low > 0."""
    bins: int = 0
    """Parts of the range with estimates of their own, of all features together at most 256; 0: as many as fit."""


Parameters = Union[Iterable[Parameter], Mapping[str, tuple[float, float, float]]]
Features = Union[Iterable[Feature], Mapping[str, tuple[float, float]]]


def described_parameters(given: Parameters) -> list[tuple[Any, ...]]:
    """As the library's object takes them. Raises InputError, which names the field."""
    return [_checked_parameter(p) for p in _items("parameters", given, Parameter, 3)]


def described_features(given: Features) -> list[tuple[Any, ...]]:
    return [_checked_feature(f) for f in _items("features", given, Feature, 2)]


def _items(name: str, given: Any, kind: type, numbers: int) -> list[Any]:
    """Of a list, or of a dict {name: its numbers}."""
    if isinstance(given, Mapping):
        items = []
        for key, of in given.items():
            try:
                values = tuple(of)
                if len(values) != numbers:
                    raise TypeError
            except TypeError:
                shape = ", ".join(("low", "high", "constant")[:numbers])
                raise _core.InputError(f"{name}: {key!r}: expected ({shape}), got {of!r}") from None
            items.append(kind(key, *values))
        return items
    try:
        items = [given] if isinstance(given, kind) else list(given)
    except TypeError:
        items = [given]
    for item in items:
        if not isinstance(item, kind):
            raise _core.InputError(f"{name}: expected {kind.__name__}(...), got {type(item).__name__}")
    return items


def _checked_parameter(p: Parameter) -> tuple[Any, ...]:
    return (*_checked_range("parameter", p), _number(p, "constant"), *_kind_of_values(p, "values"),
            _number(p, "iteration_cost"))  # fmt: skip


def _checked_feature(f: Feature) -> tuple[Any, ...]:
    return (*_checked_range("feature", f), *_kind_of_values(f, "bins"))


def _checked_range(what: str, of: Any) -> tuple[str, float, float]:
    _options.text(**{f"{what}: name": of.name})
    return of.name, _number(of, "low"), _number(of, "high")


def _number(of: Any, field: str) -> float:
    return _options.number(f"{of.name}: {field}", getattr(of, field))


def _kind_of_values(of: Any, count: str) -> tuple[bool, int]:
    if not isinstance(of.logarithmic, (bool, np.bool_)):
        raise _core.InputError(f"{of.name}: logarithmic: expected True or False, got {of.logarithmic!r}")
    return bool(of.logarithmic), _options.integer(f"{of.name}: {count}", getattr(of, count))
