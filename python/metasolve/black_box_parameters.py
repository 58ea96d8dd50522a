# SPDX-License-Identifier: Apache-2.0
"""What a BlackBox takes: numbers in a range, any numbers, whole numbers, choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterable, Mapping, Union

from . import _core, _options
from .online_options import Parameter


@dataclass(frozen=True)
class Integer:
    """A whole number from low to high, both included, such as a restart length.

    >>> Integer(5, 50).constant
    28
    """

    low: int
    high: int
    constant: int | None = None
    """What a meta-solver is compared with; by default the middle."""

    def __post_init__(self) -> None:
        for field in ("low", "high"):
            object.__setattr__(self, field, _options.integer(f"Integer: {field}", getattr(self, field)))
        middle = (self.low + self.high + 1) // 2 if self.constant is None else self.constant
        object.__setattr__(self, "constant", _options.integer("Integer: constant", middle))


@dataclass(frozen=True)
class Real:
    """Any number, such as an entry of an initial guess: the constant plus `scale` times an output of the network."""

    constant: float = 0.0
    """What a meta-solver is compared with, and where it begins."""
    scale: float = 1.0
    """The size of a typical change, above 0."""


class Choice:
    """One of some options, such as preconditioners. theta holds its index: 0, 1, ...; BlackBox.named gives its name.

    >>> Choice("icc", "jacobi", "none", constant="jacobi").constant
    1
    """

    options: tuple[str, ...]
    constant: int
    """The index of the option that a meta-solver is compared with; by default the first."""

    def __init__(self, *options: str, constant: str | None = None) -> None:
        if len(options) < 2 or not all(isinstance(option, str) for option in options):
            raise _core.InputError(f'Choice: expected 2 or more names, as Choice("icc", "jacobi"); got {options!r}')
        if constant is not None and constant not in options:
            raise _core.InputError(f"Choice: constant: {constant!r} is none of {', '.join(options)}")
        self.options, self.constant = options, 0 if constant is None else options.index(constant)

    def __repr__(self) -> str:
        return f"Choice({', '.join(map(repr, self.options))}, constant={self.options[self.constant]!r})"


Kind = Union["tuple[float, float]", "tuple[float, float, float]", Integer, Real, Choice]
Parameters = Union[Mapping[str, Kind], Iterable[Parameter]]


@dataclass(frozen=True)
class Described:
    """As the library's object takes it: black_box.hpp's BlackBoxParameter."""

    name: str
    kind: str
    low: float
    high: float
    constant: float
    scale: float = 1.0
    options: tuple[str, ...] = ()

    def as_tuple(self) -> tuple[Any, ...]:
        return self.name, self.kind, self.low, self.high, self.constant, self.scale, list(self.options)

    def named(self, value: float) -> Any:
        """The value as a person writes it."""
        if self.kind == "choice":
            return self.options[int(value)]
        return int(value) if self.kind == "integer" else float(value)


def described(given: Parameters, decades: set[str]) -> list[Described]:
    """decades: names of parameters that vary over them. Raises InputError, which names the parameter."""
    if isinstance(given, Mapping):
        items = list(given.items())
    else:
        listed = list(given) if isinstance(given, Iterable) else [given]
        if not all(isinstance(parameter, Parameter) for parameter in listed):
            raise _core.InputError("parameters: expected a dict {name: (low, high)}, or a list of Parameter(...)")
        decades = decades | {parameter.name for parameter in listed if parameter.logarithmic}
        items = [(parameter.name, (parameter.low, parameter.high, parameter.constant)) for parameter in listed]
    if not all(isinstance(name, str) for name, _ in items):
        raise _core.InputError("parameters: expected a dict {name: (low, high)}")
    return [_described(name, value, name in decades) for name, value in items]


def _described(name: str, given: Any, is_logarithmic: bool) -> Described:
    if isinstance(given, (Integer, Real, Choice)):
        if is_logarithmic:
            raise _core.InputError(f"logarithmic: {name!r} is {given!r}; expected a parameter given as (low, high)")
        if isinstance(given, Integer):
            return Described(name, "integer", float(given.low), float(given.high), float(given.constant or 0))
        if isinstance(given, Choice):
            return Described(name, "choice", 0.0, 0.0, float(given.constant), options=given.options)
        constant, scale = (
            _options.number(f"parameters: {name}: {field}", getattr(given, field)) for field in ("constant", "scale")
        )
        return Described(name, "real", 0.0, 0.0, constant, scale)
    try:
        low, high, *rest = (float(value) for value in given)
        if is_logarithmic and low <= 0:
            raise ValueError
        (constant,) = rest or [(low * high) ** 0.5 if is_logarithmic else (low + high) / 2]
    except (TypeError, ValueError):
        positive = ", of positive numbers" if is_logarithmic else ", Integer(...), Real(...) or Choice(...)"
        raise _core.InputError(f"parameters: {name}: expected (low, high) or (low, high, constant){positive}") from None
    return Described(name, "logarithmic" if is_logarithmic else "interval", low, high, constant)
