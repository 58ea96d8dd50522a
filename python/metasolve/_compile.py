# SPDX-License-Identifier: Apache-2.0
"""Compiles a problem's source once, and keeps the library for later processes."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import time
from typing import Callable, Iterator

from . import _core, _toolchain
from ._compile_errors import readable

_quiet_seconds = 2.0  # a compilation that takes longer is reported


def cache_folder() -> pathlib.Path:
    """METASOLVE_CACHE, or the folder `metasolve` in XDG_CACHE_HOME or ~/.cache."""
    given = os.environ.get("METASOLVE_CACHE")
    if given:
        return pathlib.Path(given).absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (pathlib.Path(base).absolute() if base else pathlib.Path("~/.cache").expanduser()) / "metasolve"


def compiled(
    name: str, source: str, texts: dict[str, str], cuda_source: str | None = None, verbose: bool | None = None
) -> tuple[_core.OwnProblem, float]:
    """(the loaded library, seconds spent compiling; 0: it was there). texts: the user's, by the name that #line gives
    them. cuda_source: for CUDA devices too. verbose: None reports long compilations, True also the commands."""
    toolchain = _toolchain.find(cuda_source is not None)
    key = hashlib.sha256(repr((source, cuda_source, toolchain.identity)).encode()).hexdigest()[:32]
    folder = _usable(cache_folder())
    library = folder / f"{name}-{key}.so"
    if _is_whole(library):
        with contextlib.suppress(_core.InputError):
            return _core.OwnProblem.load(str(library)), 0.0
    with _locked(folder / f"{name}-{key}.lock"):
        if _is_whole(library):  # made by another process meanwhile
            with contextlib.suppress(_core.InputError):
                return _core.OwnProblem.load(str(library)), 0.0
        began = time.monotonic()
        say = _speaker(name, verbose)
        # In the same folder: a rename is atomic only within a file system.
        with tempfile.TemporaryDirectory(prefix=f"{name}-", dir=folder) as scratch:
            built = _build(toolchain, scratch, name, source, cuda_source, texts, say)
            _mark_whole(built)
            os.replace(built, library)
        seconds = time.monotonic() - began
    if seconds > _quiet_seconds or verbose:
        say(f"compiled in {seconds:.1f} s; kept as {library}")
    return _core.OwnProblem.load(str(library)), seconds


def _mark_whole(library: str) -> None:
    with open(library, "r+b") as file:
        digest = hashlib.sha256(file.read()).digest()
        file.write(digest)


def _is_whole(library: pathlib.Path) -> bool:
    """A library that was cut off, as by a full disk or a crash, ends the process when it is loaded."""
    try:
        content = library.read_bytes()
    except OSError:
        return False
    return hashlib.sha256(content[:-32]).digest() == content[-32:]


Say = Callable[..., None]


def _speaker(name: str, verbose: bool | None) -> Say:
    def say(text: str, detail: bool = False) -> None:
        if verbose or (verbose is None and not detail):
            print(f"metasolve: {name}: {text}", file=sys.stderr, flush=True)

    return say


def _build(
    toolchain: _toolchain.Toolchain,
    scratch: str,
    name: str,
    source: str,
    cuda_source: str | None,
    texts: dict[str, str],
    say: Say,
) -> str:
    objects = []
    for text, suffix in ((source, "cpp"), (cuda_source, "cu")):
        if text is None:
            continue
        path = pathlib.Path(scratch, f"{name}.{suffix}")
        path.write_text(text, encoding="utf-8")
        objects.append(f"{path}.o")
        command = toolchain.compile if suffix == "cpp" else toolchain.compile_cuda
        _run(command(str(path), objects[-1]), name, texts, say)
    library = os.path.join(scratch, f"{name}.so")
    _run(toolchain.link(objects, library), name, texts, say)
    return library


def _run(command: list[str], name: str, texts: dict[str, str], say: Say) -> None:
    say(shlex.join(command), detail=True)
    environment = {**os.environ, "LC_ALL": "C"}  # messages that `readable` knows
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="replace", env=environment,
        )  # fmt: skip
    except OSError as e:
        raise _core.InputError(f"{name}: the compiler cannot be run: {e}") from None
    try:
        try:
            output, _ = process.communicate(timeout=_quiet_seconds)
        except subprocess.TimeoutExpired:
            say("compiling, which is needed once ...")
            output, _ = process.communicate()
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.returncode != 0:
        raise _core.InputError(readable(name, output, texts, command))


def _usable(folder: pathlib.Path) -> pathlib.Path:
    """The folder, or one of this process if it cannot be written."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(folder, os.W_OK | os.X_OK):
            return folder
    except OSError:
        pass
    return _of_this_process()


_own_folder: list[tempfile.TemporaryDirectory[str]] = []


def _of_this_process() -> pathlib.Path:
    if not _own_folder:
        _own_folder.append(tempfile.TemporaryDirectory(prefix="metasolve-"))
    return pathlib.Path(_own_folder[0].name)


@contextlib.contextmanager
def _locked(path: pathlib.Path) -> Iterator[None]:
    """So that processes that start at once compile once. Where files cannot be locked, each compiles, which is safe."""
    try:
        file = open(path, "w")
    except OSError:
        yield
        return
    with file:
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
