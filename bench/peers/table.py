# SPDX-License-Identifier: Apache-2.0
"""What scripts/compare prints of the rows that it has measured."""
from plan import WORKS

NOTES = """
counts: the same as ours, as far as rounding lets them, and the share that is equal; M it/s: million
iterations a second, of those that the tasks need; ours is: times as fast, with as many tasks and threads;
MiB: at the peak, of the device's memory, or on the CPU of the process, interpreter and tasks included.
Fewer tasks where more would take hours. Compilation, warm-up and reading the tasks are not counted."""

_HEAD = ["", "version", "tasks", "threads", "counts", "equal", "mean", "seconds", "M it/s", "ours is", "MiB"]
_VERDICT = {True: "same", False: "DIFFER", None: "-"}


def _cells(row):
    own = row["peer"] == "metasolve"
    memory = row["peak_memory_bytes" if row["device"] == "cpu" else "device_memory_bytes"]
    return [row["peer"], row["version"], f"{row['tasks']}", f"{row['threads']}",
            "ours" if own else _VERDICT[row["same_counts"]], "" if own else f"{100 * row['counts_equal']:.2f} %",
            f"{row['iterations_mean']:.2f}", f"{row['seconds']:.4g}", f"{row['task_iterations_per_second'] / 1e6:.4g}",
            "" if own else f"{row['ratio']:.3g} x", f"{memory / 2**20:.0f}"]


def table(rows):
    """Lines of aligned text, a block a work."""
    blocks = {}
    for row in rows:
        cells = [row["peer"], row["missing"]] if "missing" in row else _cells(row)
        blocks.setdefault(WORKS[row["work"]], []).append(cells)
    full = [_HEAD] + [line for block in blocks.values() for line in block if len(line) > 2]
    width = [max(len(line[i]) for line in full) for i in range(len(_HEAD))]
    width[0] = max([width[0]] + [len(line[0]) for block in blocks.values() for line in block])

    def text(line):
        if len(line) == 2:
            return f"  {line[0]:<{width[0]}}  {line[1]}"
        cells = [f"{cell:<{w}}" if i < 2 or i == 4 else f"{cell:>{w}}" for i, (cell, w) in enumerate(zip(line, width))]
        return "  " + "  ".join(cells).rstrip()

    lines = [text(_HEAD)]
    for title, block in blocks.items():
        lines += ["", title] + [text(line) for line in block]
    return lines
