# SPDX-License-Identifier: Apache-2.0
"""How C++ is compiled for this library: the compiler, its flags, headers and libraries."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import os
import pathlib
import platform
import shlex
import shutil
import subprocess
from typing import Any

from . import _core

_package = pathlib.Path(__file__).resolve().parent
_usual_compilers = ("g++", "c++", "clang++")


@dataclasses.dataclass(frozen=True)
class Toolchain:
    """Commands are lists of words."""

    compiler: tuple[str, ...]
    flags: tuple[str, ...]
    link_flags: tuple[str, ...]
    libraries: tuple[str, ...]
    cuda_compiler: tuple[str, ...]  # empty: none
    cuda_flags: tuple[str, ...]
    identity: str  # of everything that determines what is compiled

    def compile(self, source: str, to: str) -> list[str]:
        return [*self.compiler, *self.flags, "-fPIC", "-w", "-c", source, "-o", to]

    def compile_cuda(self, source: str, to: str) -> list[str]:
        flags = ["-O3", "-DNDEBUG", *self.cuda_flags, "-Xcompiler=-fPIC"]
        return [*self.cuda_compiler, *flags, "-w", "-c", source, "-o", to]

    def link(self, objects: list[str], to: str) -> list[str]:
        # What is undefined is an error now, not when it is loaded.
        libraries = [*self.libraries]
        for folder in dict.fromkeys(os.path.dirname(library) for library in self.libraries):
            libraries.append(f"-Wl,-rpath,{folder}")
        if self.cuda_compiler:
            libraries += [*_cuda_folders(self.cuda_compiler[0]), "-lcudart"]
        return [*self.compiler, "-shared", "-Wl,-z,defs", *objects, *libraries, *self.link_flags, "-o", to]


def find(cuda: bool = False) -> Toolchain:
    """Raises InputError where there is none, which says what is missing."""
    record, folder = _record()
    include = [folder / path for path in record["include"]]
    # The package's own headers: beside the package in a source tree, among the library's where installed.
    include.append(_package.parent / "include")
    libraries = [folder / path for path in record["libraries"]]
    for path in libraries:
        if not path.exists():
            raise _core.InputError(f"to compile a problem, metasolve needs its library {path}, which does not exist")
    headers = [path / "metasolve/python/own_problem_of.hpp" for path in include]
    header = next((path for path in headers if path.exists()), None)
    if header is None:
        raise _core.InputError(
            "to compile a problem, metasolve needs its headers, which are not installed: no "
            + ", no ".join(str(path) for path in headers)
        )
    compiler = _compiler(record.get("compiler"))
    includes = tuple(f"-I{path}" for path in include)
    flags = includes + tuple(record["flags"])
    cuda_compiler, cuda_flags = (), ()
    if cuda:
        cuda_compiler = _cuda_compiler(record)
        architectures = record.get("cuda_architectures") or ["native"]
        cuda_flags = includes + tuple(record["cuda_flags"]) + tuple(_architecture(a) for a in architectures)
    about = [record["version"], _version_of(compiler), flags, record["link_flags"], _stamps([*libraries, header])]
    about += [_stamps([header.with_name("own_problem.hpp")])]
    if any(flag.endswith("=native") for flag in flags):
        about.append(_processor())
    if cuda:
        about += [_version_of(cuda_compiler), cuda_flags]
    return Toolchain(
        compiler, flags, tuple(record["link_flags"]), tuple(str(path) for path in libraries), cuda_compiler, cuda_flags,
        repr(about),
    )  # fmt: skip


def has_cuda() -> bool:
    """Whether the library runs on CUDA devices."""
    return bool(_record()[0].get("cuda"))


def _record() -> tuple[dict[str, Any], pathlib.Path]:
    """(what the build has written, the folder that its relative paths start in)."""
    given = os.environ.get("METASOLVE_BUILD_RECORD")
    path = pathlib.Path(given) if given else _package / "_build.json"
    # In a build folder the package's modules are links, and the record lies beside these.
    if not given and not path.exists():
        path = pathlib.Path(os.path.abspath(__file__)).parent / "_build.json"
    try:
        record = json.loads(path.read_text())
    except OSError as e:
        raise _core.InputError(
            f"to compile a problem, metasolve needs the record of its build, {path}: {e.strerror}; install the package "
            "with pip, or name the record of a build folder by METASOLVE_BUILD_RECORD"
        ) from None
    if record["version"] != _core.version:
        raise _core.InputError(f"{path}: is of metasolve {record['version']}, and this is {_core.version}")
    return record, path.parent


def _compiler(recorded: str | None) -> tuple[str, ...]:
    given = os.environ.get("CXX")
    if given:
        words = tuple(shlex.split(given))
        if not words or shutil.which(words[0]) is None:
            raise _core.InputError(f"CXX={given}: there is no such compiler; unset CXX or name one for C++20")
        return words
    for name in (recorded, *_usual_compilers):
        if name and shutil.which(name):
            return (name,)
    raise _core.InputError(
        "a problem of your own is compiled when it is made, and there is no C++ compiler: install one for C++20 (Debian: "
        "apt-get install g++; conda: conda install gxx), or name it by CXX"
    )


def _cuda_compiler(record: dict[str, Any]) -> tuple[str, ...]:
    if not record.get("cuda"):
        raise _core.DeviceError("this metasolve was built without CUDA; a problem of your own runs on the CPU")
    for name in (os.environ.get("CUDACXX"), record.get("cuda_compiler"), "nvcc", "/usr/local/cuda/bin/nvcc"):
        if name and shutil.which(name):
            return (name,)
    raise _core.InputError(
        "to run a problem of your own on a CUDA device, nvcc of the CUDA toolkit is needed: install it, or name it by "
        "CUDACXX"
    )


def _cuda_folders(compiler: str) -> list[str]:
    """Of the toolkit's libraries, for the linker; when the problem is loaded, the library has loaded them."""
    root = pathlib.Path(shutil.which(compiler) or compiler).resolve().parent.parent
    return [f"-L{root / name}" for name in ("lib64", "lib", "targets/x86_64-linux/lib") if (root / name).is_dir()]


def _architecture(name: str) -> str:
    """Of CMake's names: "90", "90-real", "native"."""
    number, _, kind = name.partition("-")
    if not number.rstrip("af").isdigit():
        return f"-arch={name}"
    code = {"real": f"sm_{number}", "virtual": f"compute_{number}"}.get(kind, f"[sm_{number},compute_{number}]")
    return f"-gencode=arch=compute_{number},code={code}"


@functools.lru_cache(maxsize=None)
def _version_of(compiler: tuple[str, ...]) -> str:
    try:
        told = subprocess.run(
            [*compiler, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired) as e:
        raise _core.InputError(f"the compiler {shlex.join(compiler)} does not run: {e}") from None
    if told.returncode != 0:
        raise _core.InputError(f"the compiler {shlex.join(compiler)} does not run: {told.stderr.strip()[:500]}")
    return told.stdout


def _stamps(paths: list[pathlib.Path]) -> list[tuple[str, int, int]]:
    """A development tree keeps its version while it changes."""
    return [(str(path), (stat := path.stat()).st_size, stat.st_mtime_ns) for path in paths]


@functools.lru_cache(maxsize=None)
def _processor() -> str:
    """What -march=native depends on: a folder may be shared by different machines."""
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines()
    except OSError:
        return platform.processor()
    kept = [line for line in lines if line.startswith(("vendor_id", "cpu family", "model", "flags", "Features"))]
    return platform.machine() + hashlib.sha256("\n".join(kept).encode()).hexdigest()
