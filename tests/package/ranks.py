#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command line as several processes of MPI: results are those of one process, to the bit; ranks that die leave what
resumes; mistakes are named once.

  tests/package/ranks.py METASOLVE WORK_FOLDER [--kills N]    N: trainings in which a rank is killed (default 4)

Exit status 77: there is no mpirun, or this build has no MPI.
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROBERTSON = ["configs/robertson.toml", "--set", "problem.train_tasks=6000", "--set", "problem.validation_tasks=500",
             "--set", "problem.test_tasks=500", "--set", "training.epochs=6"]
POISSON = ["configs/poisson.toml", "--set", "training.epochs=4", "--set", "training.members=2"]
SHORT = {"robertson": ROBERTSON, "poisson": POISSON}
# Oversubscribed: waiting ranks must let the others run.
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                   OMPI_MCA_btl_vader_single_copy_mechanism="none", OMPI_MCA_mpi_yield_when_idle="1",
                   OMPI_MCA_rmaps_base_oversubscribe="1", OMP_NUM_THREADS="1")


def command(ranks, *arguments):
    threads = [] if arguments[0] == "problems" else ["--threads", "1"]
    return ["mpirun", "-n", str(ranks), metasolve, *map(str, arguments), *threads]


def run(ranks, *arguments, status=0):
    result = subprocess.run(command(ranks, *arguments), cwd=ROOT, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, timeout=300)
    assert result.returncode == status, f"{arguments} on {ranks}: status {result.returncode}\n{result.stderr}"
    return result


def numbers(checkpoint):
    """Its tensors, apart from times and what counts their digits."""
    data = checkpoint.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    head = json.loads(data[8:8 + size])
    tensors = {}
    for name, about in head.items():
        if name in ("__metadata__", "trainer.counters", "trainer.figures"):
            continue
        begin, end = about["data_offsets"]
        tensors[name] = data[8 + size + begin:8 + size + end]
    assert len(tensors) > 5, head.keys()
    return tensors


def metrics(folder):
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


def require_same(folder, reference):
    for file in ("last.safetensors", "best.safetensors"):
        assert numbers(folder / file) == numbers(reference / file), f"{folder}: {file} has other bits than {reference}"
    assert metrics(folder) == metrics(reference), f"{folder}: other metrics than {reference}"


def trains_to_the_same_bits():
    for name, arguments in SHORT.items():
        for ranks in (1, 2, 3, 4):
            run(ranks, "train", *arguments, "--out", work / f"{name}-{ranks}")
            require_same(work / f"{name}-{ranks}", work / f"{name}-1")


def resumes_on_other_ranks():
    """An early end by SIGTERM to all; then another number of ranks goes on."""
    folder = work / "resumed"
    process = subprocess.Popen(command(2, "train", *ROBERTSON, "--out", folder), cwd=ROOT, env=ENVIRONMENT,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not (folder / "last.safetensors").exists():
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)
    run(3, "train", "--resume", "--out", folder)
    require_same(folder, work / "robertson-1")
    assert "nothing was left to train" in run(2, "train", "--resume", "--out", folder).stdout


def pids_of_ranks(folder):
    pids = []
    for status in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = status.read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0] == metasolve.encode() and str(folder).encode() in words:
            pids.append(int(status.parent.name))
    return pids


def a_killed_rank_ends_the_job_and_resumes(kills):
    random.seed(7)
    began = time.monotonic()
    run(2, "train", *ROBERTSON, "--out", work / "timed")
    duration = time.monotonic() - began
    for k in range(kills):
        folder = work / "killed"
        shutil.rmtree(folder, ignore_errors=True)
        ranks = random.choice([2, 3, 4])
        arguments = ["train", *ROBERTSON, "--set", "training.checkpoint_seconds=0.02", "--out", folder]
        process = subprocess.Popen(command(ranks, *arguments), cwd=ROOT, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        # Most kills fall into the training, some before it.
        while k % 8 and process.poll() is None and not (folder / "manifest.json").exists():
            time.sleep(0.002)
        time.sleep(random.uniform(0, 0.6 * duration))
        victims = pids_of_ranks(folder)
        if victims:
            os.kill(random.choice(victims), signal.SIGKILL)
        message = process.communicate(timeout=120)[1]
        if victims and process.returncode != 0:
            assert "killed" in message.lower() or "signal" in message.lower(), message
        resumable = (folder / "manifest.json").exists()
        run(random.choice([1, 2, 3]), *(["train", "--resume", "--out", folder] if resumable else arguments))
        require_same(folder, work / "robertson-1")
        print(f"kill {k + 1} of {kills}: {'a rank' if victims else 'none left'} of {ranks}, "
              f"{'resumed' if resumable else 'begun again'}", flush=True)


def solves_to_the_same_files():
    data = ROOT / "tests/data"
    for ranks in (1, 2, 3):
        out = work / f"solved-{ranks}"
        out.mkdir()
        run(ranks, "solve", "--problem", "robertson", "--tasks", data / "robertson.csv", "--tolerance", "1e-9", "--out",
            out / "counts.csv", "--solutions", out / "x.npy", "--model", work / "robertson-1")
        run(ranks, "solve", "--problem", "linear", "--matrices", data / "beam", "--method", "cg", "--out",
            out / "beam.csv", "--solutions", out / "beam_x.csv")
        run(ranks, "integrate", "--sets", "7", "--steps", "40", "--trajectory", out / "trajectory.csv")
        for file in sorted(path.name for path in out.iterdir()):
            assert (out / file).read_bytes() == (work / "solved-1" / file).read_bytes(), f"{ranks} ranks: {file}"
        document = json.loads(run(ranks, "evaluate", work / "robertson-1", "--json").stdout)
        counts = [at["meta"]["mean"] for at in document["tolerances"]]
        if ranks == 1:
            one = counts
        assert counts == one, counts
    assert run(2, "solve", "--problem", "poisson", "--tasks", data / "none.csv", "--out", "-", status=2)


def names_mistakes_once():
    def refused(ranks, *arguments):
        return run(ranks, *arguments, status=2).stderr
    text = refused(3, "train", "configs/poisson.toml", "--set", "training.epoch=3", "--out", work / "refused")
    assert text.count("training.epoch") >= 1 and text.count("metasolve:") == 1, text
    assert not (work / "refused").exists()
    assert "one for each set" in refused(3, "integrate", "--sets", "2", "--steps", "4")
    assert "standard input" in refused(2, "solve", "--problem", "poisson", "--tasks", "-", "--out", work / "none.csv")
    text = refused(2, "train", *POISSON, "--out", work / "poisson-1")
    assert "--resume" in text and text.count("metasolve:") == 1, text
    assert run(3, "problems").stdout == run(1, "problems").stdout


def main():
    global metasolve, work
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("metasolve")
    parser.add_argument("work", type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=4)
    options = parser.parse_args()
    metasolve, work = str(pathlib.Path(options.metasolve).resolve()), options.work.resolve()
    if not shutil.which("mpirun"):
        print("skipped: no mpirun (Debian: apt-get install openmpi-bin libopenmpi-dev)")
        return 77
    probe = subprocess.run(command(2, "problems"), env=ENVIRONMENT, capture_output=True, text=True)
    if probe.returncode != 0 and "built without MPI" in probe.stderr:
        print("skipped: this metasolve was built without MPI")
        return 77
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for check in (trains_to_the_same_bits, resumes_on_other_ranks, solves_to_the_same_files, names_mistakes_once,
                  lambda: a_killed_rank_ends_the_job_and_resumes(options.kills)):
        start = time.monotonic()
        check()
        print(f"{getattr(check, '__name__', 'check')}: {time.monotonic() - start:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
