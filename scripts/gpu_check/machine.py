# SPDX-License-Identifier: Apache-2.0
"""Facts about the machine that figures depend on. No names: of hosts, users or folders."""
import os
import pathlib
import platform
import re
import shutil
import subprocess


def _output(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""


def tool(name):
    """Where a program of the CUDA toolkit is, whose installer puts nothing on PATH; empty: nowhere."""
    found = shutil.which(name)
    if found:
        return found
    home = pathlib.Path(os.environ.get("CUDA_HOME") or os.environ.get("CUDA_PATH") or "/usr/local/cuda")
    for folder in (home / "bin", home / "compute-sanitizer"):
        if os.access(folder / name, os.X_OK):
            return str(folder / name)
    return ""


def gpu():
    """The first device as nvidia-smi describes it; empty where there is none."""
    fields = ("name", "driver_version", "compute_cap", "memory.total", "clocks.max.sm")
    lines = _output(["nvidia-smi", "--query-gpu=" + ",".join(fields), "--format=csv,noheader,nounits"]).splitlines()
    values = [value.strip() for value in lines[0].split(",")] if lines else []
    if len(values) != len(fields) or not re.fullmatch(r"\d+\.\d+", values[2]):
        return {}
    return {"gpu": values[0], "gpus": len(lines), "driver": values[1], "compute_capability": values[2],
            "gpu_memory_mib": values[3], "sm_clock_max_mhz": values[4]}


def _first(pattern, text):
    found = re.search(pattern, text, re.MULTILINE)
    return found[1].strip() if found else "unknown"


def facts():
    """What the report says of the machine."""
    def read(path):
        try:
            return pathlib.Path(path).read_text(encoding="utf-8")
        except OSError:
            return ""
    nvcc = tool("nvcc")
    memory = _first(r"^MemTotal:\s+(\d+) kB", read("/proc/meminfo"))
    return {**(gpu() or {"gpu": "none"}),
            "cuda": _first(r"release [\d.]+, V([\d.]+)", _output([nvcc, "--version"]) if nvcc else ""),
            "cpu": _first(r"^model name\s*:(.*)$", read("/proc/cpuinfo")),
            "cores": cores(),
            "memory_mib": int(memory) // 1024 if memory.isdigit() else 0,
            "system": _first(r'^PRETTY_NAME="?([^"\n]*)', read("/etc/os-release")),
            "compiler": _first(r"^(.*)$", _output(["c++", "--version"])),
            "cmake": _first(r"version (\S+)", _output(["cmake", "--version"])),
            "python": platform.python_version()}


def cores():
    """Those that this process may use."""
    return len(os.sched_getaffinity(0))
