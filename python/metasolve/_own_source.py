# SPDX-License-Identifier: Apache-2.0
"""C++ of a user's problem: checks of what can be checked before compiling, and the source."""

from __future__ import annotations

import hashlib
import math
import numbers
import re
from typing import Any, Sequence

from . import _core

most_unknowns = 32
most_numbers = 1000  # of p or c: each is a column, and is kept for every lane

# Words that would not do as the name of a file, or that C++ reserves.
_identifier = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")


def checked_name(name: Any) -> str:
    """Of a problem: also in the names of files and models."""
    if not isinstance(name, str) or _identifier.fullmatch(name) is None:
        raise _core.InputError(
            f"name: is {name!r}, expected a letter and then letters, digits and underscores, at most 64: it names the "
            "problem in models and files"
        )
    return name


def checked_count(value: Any, name: str, least: int, most: int) -> int:
    is_integer = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not is_integer or not least <= int(value) <= most:
        raise _core.InputError(f"{name}: is {value!r}, expected an integer from {least} to {most}")
    return int(value)


def checked_names(values: Sequence[str] | None, name: str, count: int) -> list[str] | None:
    if values is None:
        return None
    if isinstance(values, str) or not all(isinstance(value, str) for value in values):
        raise _core.InputError(f"{name}: is {values!r}, expected a list of {count} strings")
    if len(values) != count:
        raise _core.InputError(f"{name}: has {len(values)} entries, expected {count}")
    return list(values)


def checked_text(text: Any, name: str) -> str:
    """Statements whose brackets and comments end where they begin: otherwise the compiler would complain about lines
    that are not the user's."""
    if not isinstance(text, str):
        raise _core.InputError(f"{name}: is {type(text).__name__}, expected C++ statements in a string")
    if "\0" in text:
        raise _core.InputError(f"{name}: contains the character NUL")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise _core.InputError(f"{name}: contains half of a surrogate pair")
    text = text[1:] if text.startswith("\n") else text  # after the opening quotes
    bare = without_comments(text, name)
    if not bare.strip():
        raise _core.InputError(f"{name}: is empty, expected C++ statements")
    partner = {")": "(", "]": "[", "}": "{"}
    begun: list[tuple[str, int]] = []
    line = 1
    for character in bare:
        if character == "\n":
            line += 1
        elif character in "([{":
            begun.append((character, line))
        elif character in partner:
            if not begun or begun[-1][0] != partner[character]:
                where = f"; the last one open is the {begun[-1][0]!r} of line {begun[-1][1]}" if begun else ""
                raise _core.InputError(f"{name}, line {line}: the {character!r} closes nothing that is open{where}")
            begun.pop()
    if begun:
        raise _core.InputError(f"{name}, line {begun[-1][1]}: the {begun[-1][0]!r} is never closed")
    return text


# A raw string, a string or character, a comment, a stray end of one. A quote between digits is a separator.
_token = re.compile(
    r"""(?P<space>R"(?P<delimiter>[^ ()\\\n]{0,16})\(.*?\)(?P=delimiter)"|"(?:\\.|[^"\\\n])*\"|"""
    r"""(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])*'|//[^\n]*|/\*.*?\*/)|(?P<begun>/\*)|(?P<stray>\*/)""",
    re.DOTALL,
)


def without_comments(text: str, name: str) -> str:
    """With blanks in place of comments and strings; lines stay lines."""

    def replaced(match: re.Match[str]) -> str:
        line = text.count("\n", 0, match.start()) + 1
        if match["begun"]:
            raise _core.InputError(f"{name}, line {line}: the comment begun by /* is never closed")
        if match["stray"]:
            raise _core.InputError(f"{name}, line {line}: the */ closes no comment")
        return " " + "\n" * match[0].count("\n")

    return _token.sub(replaced, text)


def check_indices(text: str, name: str, sizes: dict[str, int], assigned: str) -> None:
    """Literal indices lie in their arrays, and every entry of `assigned` is written, where all its indices are literal:
    what C++ would not notice."""
    bare = without_comments(text, name)
    for array, size in sizes.items():
        indices = re.findall(rf"(?<![\w.>:]){array}\s*\[([^\[\]]*)\]", bare)
        literal = [int(index) for index in indices if index.strip().isdigit()]
        beyond = next((index for index in literal if index >= size), None)
        if beyond is not None:
            what = f"has the entries 0 to {size - 1}" if size > 0 else "has no entries"
            raise _core.InputError(f"{name}: uses {array}[{beyond}], and {array} {what}")
        is_passed_on = re.search(rf"(?<![\w.>:]){array}\b(?!\s*\[)", bare) is not None  # to a function that assigns it
        if array != assigned or is_passed_on or len(literal) < len(indices) or not indices:
            continue
        missing = sorted(set(range(size)) - set(literal))
        if missing:
            raise _core.InputError(f"{name}: never assigns {array}[{missing[0]}]; all {size} entries must be assigned")
    if not re.search(rf"\b{assigned}\b", bare):
        raise _core.InputError(f"{name}: never assigns {assigned}[0]; all {sizes[assigned]} entries must be assigned")


def number(value: Any, name: str, finite: bool = True) -> str:
    """A literal of C++ with the same bits."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or math.isnan(value):
        raise _core.InputError(f"{name}: is {value!r}, expected a number")
    value = float(value)
    if math.isinf(value):
        if finite:
            raise _core.InputError(f"{name}: is {value}, expected a finite number")
        return ("" if value > 0 else "-") + "std::numeric_limits<double>::infinity()"
    return repr(value)


def string(value: str) -> str:
    """A literal of C++."""
    return '"' + "".join(c if c.isprintable() and c not in '"\\?' and c.isascii() else _escaped(c) for c in value) + '"'


def _escaped(character: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in character.encode())


def bounds(nonnegative: bool, lower: Any, upper: Any, size: int) -> list[str]:
    """Members that declare the bounds of the unknowns. lower, upper: a number, or one of each unknown; None: no bound."""
    members = []
    if nonnegative:
        if lower is not None:
            raise _core.InputError("lower: is given, and nonnegative=True is a lower bound too; give one of them")
        members.append("static constexpr bool nonnegative = true;")
    limits = {}
    for name, given, none in (("lower", lower, -math.inf), ("upper", upper, math.inf)):
        if given is None:
            continue
        values = [given] * size if isinstance(given, numbers.Real) else list(given)
        if len(values) != size:
            raise _core.InputError(f"{name}: has {len(values)} entries, expected {size}, or one number for all unknowns")
        limits[name] = [none if value is None else value for value in values]
        literals = ", ".join(number(v, f"{name}[{i}]", finite=False) for i, v in enumerate(limits[name]))
        members.append(
            f"METASOLVE_HD static constexpr double {name}_bound(int i) {{\n"
            f"    double const of[] = {{{literals}}};\n    return of[i];\n  }}"
        )
    lows = limits.get("lower", [0.0 if nonnegative else -math.inf] * size)
    for i, (low, high) in enumerate(zip(lows, limits.get("upper", []))):
        if not low < high:
            raise _core.InputError(f"upper[{i}]: is {high}, expected more than the lower bound, {low}")
    return members


def relaxation_range(given: Any) -> list[str]:
    if given is None:
        return []
    low, high = pair(given, "relaxation_range")
    if not 0 <= low < high <= 2:
        raise _core.InputError(f"relaxation_range: is {given!r}, expected (low, high) with 0 <= low < high <= 2")
    return [f"static constexpr double relaxation_range[] = {{{low!r}, {high!r}}};"]


def pair(given: Any, name: str) -> tuple[float, float]:
    try:
        low, high = given
        return float(low), float(high)
    except (TypeError, ValueError):
        raise _core.InputError(f"{name}: is {given!r}, expected two numbers (low, high)") from None


_head_kinds = {"given": (0,), "interval": (2, 3), "factor": (0,), "logarithmic": (2, 3)}  # how many numbers follow


def head(entries: Any, size: int) -> list[str]:
    """Members that say how r and y_0 come from the network's outputs."""
    if len(entries) != 1 + size:
        raise _core.InputError(f"head: has {len(entries)} entries, expected {1 + size}: of r and of {size} unknowns")
    literals = []
    outputs = 0
    for i, entry in enumerate(entries):
        kind, *ends = (entry,) if isinstance(entry, str) else entry
        if kind not in _head_kinds or len(ends) not in _head_kinds[kind]:
            raise _core.InputError(
                f'head[{i}]: is {entry!r}, expected "given", "factor", ("interval", low, high) or ("logarithmic", low, '
                "high), the last two with a fourth entry where failed tasks are pulled to"
            )
        if kind == "given":
            literals.append("{HeadKind::given}")
            continue
        if not ends:
            literals.append(f"{{HeadKind::{kind}, {outputs}}}")
        else:
            low, high = pair(ends[:2], f"head[{i}]")
            # Of a logarithmic entry `low` is where the scale becomes linear, and the range begins at 0.
            if not low < high or not math.isfinite(high - low) or (kind == "logarithmic" and low <= 0):
                positive = " and low > 0" if kind == "logarithmic" else ""
                raise _core.InputError(f"head[{i}]: is {entry!r}, expected low < high{positive}")
            anchor = float(ends[2]) if len(ends) == 3 else (low + high) / 2
            literals.append(f"{{HeadKind::{kind}, {outputs}, {low!r}, {high!r}, {anchor!r}}}")
        outputs += 1
    if outputs == 0:
        raise _core.InputError("head: every entry is given, so the network would have nothing to choose")
    body = f"return {{{{{', '.join(literals)}}}}};"
    return [
        f"static constexpr int outputs = {outputs};",
        f"static std::array<HeadEntry, {1 + size}> head() {{ {body} }}",
    ]


def function(signature: str, text: str, name: str) -> str:
    """name: of the text in the compiler's messages."""
    return f'{signature} {{\n#line 1 "{name}"\n{text}\n\n#line 1 "metasolve"\n}}'


def sources(name: str, problem: str, members: list[str], further: str | None) -> tuple[str, str]:
    """(C++, CUDA) of a problem: `problem` is OdeProblem or NonlinearProblem."""
    members = [f"static constexpr char const* name = {string(name)};", *members]
    if further is not None:
        members.append(f'\n#line 1 "members"\n{further}\n\n#line 1 "metasolve"\n')
    body = "\n  ".join(members)
    # A type of its own for each text: a process may know several, and what it compiled for one is found by the type.
    scope = "own_" + hashlib.sha256(body.encode()).hexdigest()[:24]
    text = (
        '#include "metasolve/python/own_problem_of.hpp"\n\n'
        f"namespace metasolve::kernels::{scope} {{\nstruct Own {{\n  {body}\n}};\n}}\n"
        f"using OwnProblem = metasolve::kernels::{problem}<metasolve::kernels::{scope}::Own>;\n"
    )
    return text + "METASOLVE_OWN_PROBLEM(OwnProblem)\n", text + "METASOLVE_OWN_PROBLEM_ON_DEVICES(OwnProblem)\n"
