# SPDX-License-Identifier: Apache-2.0
"""A compiler's messages about a user's text, without what it says about the library's templates."""

from __future__ import annotations

import re
import shlex

_most_errors = 3
# GCC and Clang write file:line:column, nvcc file(line).
_message = re.compile(
    r"^(?P<file>[^:(\n]+)[:(](?P<line>\d+)(?::(?P<column>\d+))?\)?: (?:fatal )?error(?: #[\w-]+)?: (?P<what>.*)$"
)
_place = re.compile(r"^(?P<file>[^:\n]+):(?P<line>\d+):(?:(?P<column>\d+):)?")


def readable(name: str, output: str, texts: dict[str, str], command: list[str]) -> str:
    """The first errors, each with its line of the user's text. texts: by the name that #line gives them."""
    if "as_the_library" in output:
        return (
            f"{name}: the compiler's vectors are not the library's: {shlex.quote(command[0])} compiles for another "
            "processor or with other flags than metasolve was built with; unset CXX, or install metasolve from source on "
            "this machine"
        )
    lines = output.splitlines()
    # One of each place: a text is compiled for several types of numbers.
    found: dict[tuple[str, str, str | None], str] = {}
    for i, line in enumerate(lines):
        match = _message.match(line)
        if match is None:
            continue
        at = match if match["file"] in texts else _blamed(lines, i, texts)
        if at is None:
            continue
        key = (at["file"], at["line"], at["column"])
        if key not in found:
            found[key] = _shown(texts, at["file"], int(at["line"]), at["column"], match["what"])
    if found:
        more = len(found) - _most_errors
        shown = list(found.values())[:_most_errors] + ([f"  ... and {more} more"] if more > 0 else [])
        return "\n".join([f"{name}: the compiler reports:", *shown, *_hints(output)])
    # Nothing of the user's: such as a compiler that is too old.
    errors = [line for line in lines if "error" in line] or lines
    return f"{name}: {shlex.join(command[:1])} failed:\n" + "\n".join(line[:500] for line in errors[:10])


def _hints(output: str) -> list[str]:
    hints = []
    if re.search(r"(could not convert|cannot convert|contextually|no viable conversion).*(Mask|Number)", output):
        hints.append(
            "An `if`, `? :` or `while` cannot depend on an unknown, which is several numbers at once: write "
            "select(condition, a, b)."
        )
    if re.search(r"no matching function for call to .*(Dual|Pack)|no matching function for call to '\w+'", output):
        hints.append(
            "Unknowns have the functions sqrt, exp, log, tanh and abs, without std::; write others with these, such as "
            "y * y * y in place of pow(y, 3)."
        )
    return hints


def _blamed(lines: list[str], error: int, texts: dict[str, str]) -> re.Match[str] | None:
    """Where the user's text led to an error in the library: named in the lines before (GCC) or after it (Clang)."""
    for i in range(error - 1, max(error - 40, -1), -1):
        if _message.match(lines[i]):
            break
        match = _place.match(lines[i])
        if match and match["file"] in texts:
            return match
    for i in range(error + 1, min(error + 40, len(lines))):
        if _message.match(lines[i]):
            break
        match = _place.match(lines[i])
        if match and match["file"] in texts:
            return match
    return None


def _shown(texts: dict[str, str], file: str, line: int, column: str | None, what: str) -> str:
    shown = f"  {file}, line {line}: {_plain(what)}"
    of_user = texts[file].split("\n")
    if 1 <= line <= len(of_user):
        text = of_user[line - 1]
        shown += f"\n    {text.strip()}"
        at = int(column or 0) - 1 - (len(text) - len(text.lstrip()))
        if 0 <= at <= len(text):
            shown += "\n    " + " " * at + "^"
    return shown


def _plain(what: str) -> str:
    """Without the names of the types that a text is compiled for."""
    what = re.sub(r"metasolve::kernels::(own_\w+::)?", "", what)
    what = re.sub(r" \[(?:-W|with )[^\n]*\]$", "", what)
    return what if len(what) <= 300 else what[:300] + " ..."
