# SPDX-License-Identifier: Apache-2.0
"""Configurations from Python's values."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any, Mapping

import numpy as np

from . import _core

_configurations = pathlib.Path(__file__).parent / "configs"


def _text(of: str) -> str:
    """A string of TOML. Not all of JSON's are: pairs of surrogates, DEL."""
    return json.dumps(of, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(of: Any, key: str) -> str:
    """As TOML writes it."""
    if isinstance(of, (bool, np.bool_)):
        return "true" if of else "false"
    if isinstance(of, str):
        return _text(of)
    if isinstance(of, (int, np.integer)):
        return str(int(of))
    if isinstance(of, (float, np.floating)):
        return repr(float(of))
    if isinstance(of, np.ndarray):
        of = of.tolist()
        return _value(of, key)
    if isinstance(of, (list, tuple)):
        return "[" + ", ".join(_value(each, key) for each in of) + "]"
    if isinstance(of, os.PathLike):
        return _text(os.fsdecode(of))
    raise _core.InputError(f"{key}: expected a number, a text, a truth value or a list, got {type(of).__name__}")


def overrides_of(settings: Mapping[str, Any] | None) -> list[str]:
    """ "section.key=value" of {"section.key": value} or {"section": {"key": value}}.

    >>> overrides_of({"training": {"epochs": 3}, "loss.scale": "log", "network.hidden": [8, 8]})
    ['training.epochs=3', 'loss.scale="log"', 'network.hidden=[8, 8]']
    """
    if settings is not None and not isinstance(settings, Mapping):
        raise _core.InputError(f'settings: expected a dict such as {{"training.epochs": 5}}, got {type(settings).__name__}')
    overrides = []
    for key, value in (settings or {}).items():
        if isinstance(value, Mapping):
            overrides += [f"{key}.{name}={_value(each, f'{key}.{name}')}" for name, each in value.items()]
        else:
            overrides.append(f"{key}={_value(value, key)}")
    return overrides


def configuration_of(problem: Any, settings: Mapping[str, Any] | None) -> tuple[str, list[str]]:
    """(TOML, overrides). problem: the name of a problem, whose settings are those of its file in metasolve/configs, if
    there is one; a path of a TOML file; or a dict of sections."""
    if isinstance(problem, Mapping):
        section = problem.get("problem") or {}
        name = problem.get("problem.name") or (section.get("name") if isinstance(section, Mapping) else None)
        if name is None:
            raise _core.InputError('problem: the settings do not name a problem; add "problem.name"')
        rest = {key: value for key, value in problem.items() if key != "problem.name"}
        return f"[problem]\nname = {_value(name, 'problem.name')}\n", overrides_of(rest) + overrides_of(settings)
    text = os.fspath(problem) if isinstance(problem, (str, os.PathLike)) else None
    if text is None:
        raise _core.InputError(f"problem: expected a name, a TOML file or a dict, got {type(problem).__name__}")
    own = _configurations / f"{text}.toml"
    if own.is_file():
        text = str(own)
    elif not (text.endswith(".toml") or isinstance(problem, os.PathLike)):
        return f"[problem]\nname = {_text(text)}\n", overrides_of(settings)
    return _core.load_configuration(text), overrides_of(settings)
