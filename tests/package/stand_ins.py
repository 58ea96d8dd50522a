# SPDX-License-Identifier: Apache-2.0
"""Stand-ins for what only a machine with a GPU has, and a folder for a test of scripts/gpu-check."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "gpu_check"))

# A test executable with three cases; the second behaves as instructed.
TEST = r"""#!/bin/bash
case $1 in
  --gtest_list_tests) printf 'Executors/Things.\n  Add/cpu  # GetParam() = "cpu"\n  Add/cuda  # GetParam() = "cuda"\n'
                      printf '  Break/cuda  # GetParam() = "cuda"\n  Carry/cuda  # GetParam() = "cuda"\n'; exit ;;
esac
for test in Add Break Carry; do
  name=Executors/Things.$test/cuda
  case ":${1#--gtest_filter=}:" in *:$name:*) ;; *) continue ;; esac
  echo "[ RUN      ] $name"
  [ $test != Break ] || { SECOND; }
  echo "[       OK ] $name (7 ms)"
done
"""

# A program of bench/peers, ours or another's: counts and seconds as instructed. Supports only what scripts/compare
# uses.
PEER = r"""#!/usr/bin/env python3
import json, sys
work = sys.argv[1] if len(sys.argv) % 2 == 0 else "WORK"
given = dict(zip(sys.argv[-2::-2], sys.argv[:0:-2]))
BEFORE
print(json.dumps({"peer": "NAME", "version": "1.2", "work": work, "tasks": int(given["--tasks"]),
                  "threads": int(given["--threads"]), "device": given["--device"], "seconds": SECONDS,
                  "iterations_mean": 50.0, "counts_equal": 1.0, "counts_within_1": 1.0, "counts_within_5_percent": NEAR,
                  "peak_memory_bytes": 1 << 20, "device_memory_bytes": 2 << 20, "note": ""}))
"""


def peer(name, work="", seconds=1.0, near=1.0, before=""):
    program = PEER
    for word, text in (("NAME", name), ("WORK", work), ("SECONDS", seconds), ("NEAR", near), ("BEFORE", before)):
        program = program.replace(word, str(text))
    return program


def executable(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


class InAFolder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gpu-check-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.out = self.folder / "out"

    def check(self, *options, environment=None):
        return subprocess.run([ROOT / "scripts" / "gpu-check", self.out, *map(str, options)], capture_output=True,
                              text=True, env={**os.environ, **(environment or {})}, check=False)

    def report(self):
        text = (self.out / "report.json").read_text()
        self.assertNotIn(str(ROOT), text)
        self.assertNotIn(str(self.folder), text)
        self.assertNotRegex(text, r'"(/|~/|[^"]*\s/)\w', "an absolute path")
        return json.loads(text)

    def fake_build(self, second="true", **programs):
        """second: what the test's second case does; programs: by name, the text of others in the build."""
        build = self.folder / "build"
        executable(build / "tests" / "exec_tests", TEST.replace("SECOND", second))
        for name, text in programs.items():
            executable(build / name.replace("__", "/"), text)
        (build / "CMakeCache.txt").write_text("")
        return build

    def fake_machine(self, sanitizer):
        """An environment with a GPU to look at."""
        programs = self.folder / "bin"
        executable(programs / "nvidia-smi", "#!/bin/bash\necho 'NVIDIA Pretence, 580.1, 9.0, 143771, 1980'\n")
        executable(programs / "compute-sanitizer", "#!/bin/bash\n" + sanitizer)
        return {"PATH": f"{programs}:{os.environ['PATH']}"}
