#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a training step takes on N ranks: compute, exchange, waiting for the slowest rank (docs/scale.md).

  scripts/scale_model.py [--measured FILE.json] [--counts FILE]

--measured: of scripts/scale-figures; the model is then compared with it. --counts: iterations of tasks, one a line, from
which the waiting is computed; default: none waits. Without arguments: the tables for GPUs.
"""

import argparse
import dataclasses
import json
import math
import pathlib
import random


@dataclasses.dataclass
class Network:
    """A latency per message in s and a bandwidth in bytes/s, within a machine and between machines. in_a_ring: what all
    have is gathered from neighbour to neighbour, as by NCCL; else in log2(ranks) messages, as small ones by MPI."""
    near_latency: float
    near_bandwidth: float
    far_latency: float = 0.0
    far_bandwidth: float = 1.0
    ranks_a_machine: int = 10**9
    in_a_ring: bool = False
    launch: float = 0.0  # of the two kernels that add a pair


# NVLink 4 and one 400 Gbit/s adapter a GPU. Assumed, not measured here: 3 us and 8 us a message within a captured graph
# (an all-reduce of two H100s takes 6 us there: github.com/NVIDIA/nccl/issues/1259).
H200 = Network(3e-6, 300e9, 8e-6, 40e9, 8, True, 4e-6)


def hops(ranks, network):
    """(messages one after the other within machines, and between them) of an exchange in log2 steps."""
    near = min(ranks, network.ranks_a_machine)
    far = math.ceil(ranks / network.ranks_a_machine)
    return math.ceil(math.log2(near)) if near > 1 else 0, math.ceil(math.log2(far)) if far > 1 else 0


def row_bytes(weights, precision=4):
    return (weights * precision + 15) // 16 * 16 + 16


def subtrees(ranks, blocks):
    """Rows that a rank contributes at most: subtrees in its share of the blocks."""
    most = 1
    width = 1 << max(0, (blocks - 1).bit_length())
    for r in range(ranks):
        at, end = blocks * r // ranks, blocks * (r + 1) // ranks
        limit, count = (width if end == blocks else end), 0
        while at < min(end, blocks):
            level = 0
            while at % (2 << level) == 0 and at + (2 << level) <= limit:
                level += 1
            at += 1 << level
            count += 1
        most = max(most, count)
    return most


def gather(ranks, bytes_of_rank, network):
    """All ranks receive what all have (MPI_Allgather, ncclAllGather)."""
    if ranks == 1:
        return 0.0
    own = min(ranks, network.ranks_a_machine)
    near, far = hops(ranks, network)
    if network.in_a_ring:
        far = (ranks - 1) // network.ranks_a_machine
        near = ranks - 1 - far
    return (near * network.near_latency + far * network.far_latency + (own - 1) * bytes_of_rank / network.near_bandwidth
            + (ranks - own) * bytes_of_rank / network.far_bandwidth)


def reduce(ranks, all_bytes, network):
    """The sum on all ranks (MPI_Allreduce, ncclAllReduce): there and back, in two halves of the bytes."""
    if ranks == 1:
        return 0.0
    near, far = hops(ranks, network)
    time = 2 * near * network.near_latency + 2 * far * network.far_latency + 2 * all_bytes / network.near_bandwidth
    return time + (2 * all_bytes / network.far_bandwidth if far else 0)


def climb(ranks, bytes_of_rank, network):
    """Recursive doubling: pairs swap their sums up the tree."""
    near, far = hops(ranks, network)
    return (near * (network.near_latency + bytes_of_rank / network.near_bandwidth)
            + far * (network.far_latency + bytes_of_rank / network.far_bandwidth))


def waiting(ranks, tasks, counts, width, chain, rng, rounds=60):
    """Mean time of the slowest of `ranks` ranks, each with `tasks` tasks, over that of one rank. A rank takes the sum of
    its counts / width, or a task alone its count x chain."""
    if not counts or ranks == 1:
        return 1.0
    def once():
        drawn = rng.choices(counts, k=tasks)
        return max(sum(drawn) / width, max(drawn) * chain)
    sample = [once() for _ in range(max(rounds, 60))]
    alone = sum(sample) / len(sample)
    slowest = [max(rng.choices(sample, k=ranks)) for _ in range(2000)]
    return sum(slowest) / len(slowest) / alone


def step(ranks, tasks_of_rank, weights, seconds_of_task, fixed, network, blocks, exact=True, wait=1.0, merge=1e-10):
    """Seconds of a step: compute, waiting, exchange, the sum over what was received."""
    row = row_bytes(weights)
    if not exact:
        exchange, added = reduce(ranks, row, network), 0
    elif ranks & (ranks - 1) == 0 and blocks >= ranks and row * ranks > 65536:
        levels = ranks.bit_length() - 1
        exchange, added = climb(ranks, row, network) + levels * network.launch, levels * 2 * row
    else:
        received = row * subtrees(ranks, blocks)
        exchange, added = gather(ranks, received, network), ranks * received
    summing = added / 4 * merge
    return (fixed + tasks_of_rank * seconds_of_task) * wait + exchange + summing


def blocks_of(batch):
    rows = max(min(256, max(16, -(-batch // 16))), -(-batch // 4096))
    return -(-batch // rows)


def table_of_gpus(counts):
    rng = random.Random(1)
    weights, fixed = 1000, 0.15e-3
    print("weak scaling, batch 16384 a rank, 1000 weights; step on one GPU: s")
    print(f"{'ranks':>6}" + "".join(f"  {t * 1e3:4.1f} ms: exact  fast" for t in (1e-3, 5e-3)))
    for ranks in (1, 2, 4, 8, 16, 64, 512):
        wait = waiting(ranks, 16384, counts, 2048.0 * 8, 1.0, rng) if counts else 1.0
        line = f"{ranks:6d}"
        for t in (1e-3, 5e-3):
            for exact in (True, False):
                one = fixed + t
                time = step(ranks, 16384, weights, t / 16384, fixed, H200, blocks_of(16384 * ranks), exact, wait,
                            merge=4e-12)
                line += f" {one / time:12.2f}" if exact else f" {one / time:5.2f}"
        print(line)
    print("\nstrong scaling, batch 131072 in all, 1000 weights, 8 ms on one GPU: times as fast")
    for ranks in (1, 2, 4, 8, 16, 64, 512):
        line = f"{ranks:6d}"
        for exact in (True, False):
            one = fixed + 8e-3
            time = step(ranks, 131072 / ranks, weights, 8e-3 / 131072, fixed, H200, blocks_of(131072), exact,
                        merge=4e-12)
            line += f" {one / time:8.1f}"
        print(line)
    print("\nexchange alone: us")
    for weights in (1000, 10_000, 500_000):
        for ranks in (2, 8, 64, 512):
            b = row_bytes(weights)
            print(f"{weights:8d} weights {ranks:4d} ranks: gathered {1e6 * gather(ranks, b, H200):9.0f}, climbed "
                  f"{1e6 * (climb(ranks, b, H200) + hops(ranks, H200)[0] * H200.launch + hops(ranks, H200)[1] * H200.launch):7.0f}"
                  f", reduced {1e6 * reduce(ranks, b, H200):7.0f}")


def compare(document):
    near = Network(document["latency"], document["bandwidth"])
    print(f"latency {1e6 * near.near_latency:.2f} us, bandwidth {near.near_bandwidth / 1e9:.2f} GB/s")
    for row in document["steps"]:
        one = next(r for r in document["steps"] if r["case"] == row["case"] and r["ranks"] == 1
                   and r["exact"] == row["exact"] and r.get("network") == row.get("network"))
        cores = min(row["ranks"], document["cores"])
        network = near
        if row.get("network"):
            network = Network(row["network"]["latency"], row["network"]["bandwidth"])
        compute = one["seconds"] / cores
        time = step(row["ranks"], 1, row["weights"], compute, 0.0, network, blocks_of(row["batch"]), row["exact"])
        print(f"{row['case']:24s} {row['ranks']} ranks, {'ranks' if row['exact'] else 'fast':5s}: model "
              f"{1e6 * time:8.0f} us, measured {1e6 * row['seconds']:8.0f} us, {one['seconds'] / row['seconds']:.2f} times "
              f"as fast")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measured", type=pathlib.Path)
    parser.add_argument("--counts", type=pathlib.Path)
    options = parser.parse_args()
    if options.measured:
        compare(json.loads(options.measured.read_text()))
        return
    table_of_gpus([int(line) for line in options.counts.read_text().split()] if options.counts else [])


if __name__ == "__main__":
    main()
