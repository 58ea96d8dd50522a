# SPDX-License-Identifier: Apache-2.0
"""Folders of runs: what two of them have in common, to the bit, and what the tests train into them."""
import json
import random
import struct
from pathlib import Path


def checkpoint(path):
    """Tensors by name, as (type, shape, bytes), and the configuration; without what depends on time."""
    content = path.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    header, body = json.loads(content[8:8 + length]), content[8 + length:]
    config = json.loads(header.pop("__metadata__")["model"])["training"]["configuration"]
    config["training"].pop("checkpoint_seconds")
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        data = body[begin:end]
        if name == "trainer.figures":  # the last one is seconds
            data = data[:-8]
        if name == "trainer.counters":  # the fourth is the log's length, which depends on the digits of seconds
            data = data[:24] + data[32:]
        tensors[name] = (entry["dtype"], entry["shape"], data)
    return tensors, config


def metrics(path):
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        del line["seconds"]
    return lines


def differences(run, reference, best_lost=False, log_lost=False):
    """What of a run is not as if it had been left alone; what a test has taken away need not be."""
    found = []
    trainers = {"trainer.counters", "trainer.figures"} if best_lost else set()
    for name in ("last", "best"):
        file = f"{name}.safetensors"
        if not (run / file).exists():
            found.append(f"{file} is missing")
            continue
        if name == "best" and best_lost:
            checkpoint(run / file)  # must be a checkpoint
            continue
        ours, theirs = checkpoint(run / file), checkpoint(reference / file)
        if ours[1] != theirs[1]:
            found.append(f"{file}: the configuration")
        found += [f"{file}: {key}" for key in sorted(ours[0].keys() | theirs[0].keys())
                  if key not in trainers and ours[0].get(key) != theirs[0].get(key)]
    try:
        lines = metrics(run / "metrics.jsonl")
        if not log_lost and not best_lost and lines != metrics(reference / "metrics.jsonl"):
            found.append("metrics.jsonl")
        if json.loads((run / "manifest.json").read_text())["finished"] is not True:
            found.append("manifest.json: not finished")
    except (OSError, ValueError, KeyError) as problem:
        found.append(str(problem))
    return found


def write_matrices(folder, count=24, unknowns=12):
    """Symmetric positive definite tridiagonal matrices, for the problem spd."""
    folder.mkdir(parents=True)
    draw = random.Random(1)
    for k in range(count):
        rows = ["%%MatrixMarket matrix coordinate real symmetric", f"{unknowns} {unknowns} {2 * unknowns - 1}"]
        for i in range(1, unknowns + 1):
            rows.append(f"{i} {i} {2 + draw.random()!r}")
            if i < unknowns:
                rows.append(f"{i + 1} {i} {-0.5 - draw.random() / 2!r}")
        (folder / f"A_{k}.mtx").write_text("\n".join(rows) + "\n")


# name: configuration, and settings that make it small; each has several bests and checkpoints within its epochs
TRAININGS = {
    "poisson, Levenberg-Marquardt": ("poisson", """problem.train_tasks=48 problem.validation_tasks=16
        training.epochs=4 training.checkpoint_seconds=0"""),
    "poisson, Adam": ("poisson_adam", """problem.train_tasks=48 problem.validation_tasks=16 training.epochs=3
        training.batch_size=16 training.checkpoint_seconds=1e-9"""),
    "robertson, Adam": ("robertson", """problem.train_tasks=200 problem.validation_tasks=40 training.epochs=3
        training.batch_size=100 training.checkpoint_seconds=1e-9"""),
    "elasticity, Adam": ("elasticity", """problem.train_tasks=8 problem.validation_tasks=4 training.epochs=3
        training.batch_size=4 training.checkpoint_seconds=1e-9 problem.cells=[2,1,1]"""),
    "spd, Adam": ("spd", """problem.train_tasks=12 problem.validation_tasks=6 problem.test_tasks=6 training.epochs=3
        training.batch_size=4 training.checkpoint_seconds=1e-9"""),
}


def arguments(name, source, work, epochs=None):
    """Of `metasolve train` but for --out. epochs: times as many."""
    config, settings = TRAININGS[name]
    file = Path(source) / "configs" / f"{config}.toml"
    if config == "spd":
        file = work / "spd.toml"
        if not file.exists():
            write_matrices(work / "matrices")
            file.write_text(f'[problem]\nname = "spd"\nmatrices = "{work / "matrices"}"\n')
    given = ["train", str(file), "--device", "cpu", "--threads", "1"]
    for setting in settings.split():
        key, value = setting.split("=", 1)
        if key == "training.epochs" and epochs:
            value = str(int(value) * epochs)
        given += ["--set", f"{key}={value}"]
    return given
