# SPDX-License-Identifier: Apache-2.0
"""Solvers used by many threads at once, and after a fork."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time

import metasolve as ms
import numpy as np
import pytest
from conftest import Systems

THREADS = 8
ROUNDS = 25


def at_once(work) -> list:
    """What work(i) returns or raises in each of the threads, which start together."""
    results: list = [None] * THREADS
    barrier = threading.Barrier(THREADS)

    def run(i: int) -> None:
        barrier.wait()
        try:
            results[i] = work(i)
        except BaseException as error:
            results[i] = error

    threads = [threading.Thread(target=run, args=(i,)) for i in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return results


def tasks_of(i: int) -> tuple[Systems, bytes]:
    systems = Systems(count=3 + 2 * i, seed=i)
    return systems, ms.CgSolver(systems.pattern, threads=1).solve(systems.values, systems.rhs).x.tobytes()


EXPECTED = [tasks_of(i) for i in range(THREADS)]


def is_right(solver: ms.CgSolver, i: int) -> bool:
    systems, expected = EXPECTED[i]
    return all(solver.solve(systems.values, systems.rhs).x.tobytes() == expected for _ in range(ROUNDS))


def test_each_thread_has_its_solver():
    pattern = EXPECTED[0][0].pattern
    assert at_once(lambda i: is_right(ms.CgSolver(pattern, threads=1), i)) == [True] * THREADS


def test_all_threads_share_a_solver_which_grows():
    for _ in range(5):
        shared = ms.CgSolver(EXPECTED[0][0].pattern, threads=1)
        assert at_once(lambda i, s=shared: is_right(s, i)) == [True] * THREADS


def test_all_threads_share_an_executor():
    executor = ms.Executor("cpu", 2)
    pattern = EXPECTED[0][0].pattern
    assert at_once(lambda i: is_right(ms.CgSolver(pattern, device=executor), i)) == [True] * THREADS


def test_solvers_of_several_kinds_share_an_executor():
    executor = ms.Executor("cpu", 1)
    pattern = EXPECTED[0][0].pattern

    def work(i: int) -> bool:
        systems = EXPECTED[i][0]
        if i % 3 == 0:
            return is_right(ms.CgSolver(pattern, device=executor), i)
        if i % 3 == 1:
            solver = ms.LinearSolver(pattern, device=executor, keeps_factors=True)
            for _ in range(ROUNDS):
                x = solver.solve(systems.values, systems.rhs).x
                again = solver.solve_again(systems.values, systems.rhs).x
                assert np.allclose(x, systems.x) and x.tobytes() == again.tobytes()
            return True
        solver = ms.JacobiSolver(systems.unknowns, device=executor)
        return all(solver.solve(systems.rhs).converged.all() for _ in range(ROUNDS))

    assert at_once(work) == [True] * THREADS


def test_errors_in_one_thread_do_not_disturb_others():
    shared = ms.CgSolver(EXPECTED[0][0].pattern, threads=1)

    def work(i: int) -> bool:
        if i % 2 == 0:
            return is_right(shared, i)
        for _ in range(ROUNDS):
            with pytest.raises(ms.InputError, match="tol"):
                shared.solve(EXPECTED[i][0].values, EXPECTED[i][0].rhs, tol=-1)
        return True

    assert at_once(work) == [True] * THREADS


def long_solve(solver: ms.JacobiSolver, times: list[float]) -> None:
    times.append(time.perf_counter())
    solver.solve(np.ones((16, 512)), tol=1e-300, max_iterations=20000)
    times.append(time.perf_counter())


def test_python_runs_during_a_solve():
    """Another thread's loop makes progress while one thread solves: the GIL is not held."""
    solver = ms.JacobiSolver(512, threads=1)
    times: list[float] = []
    ticks = []
    thread = threading.Thread(target=long_solve, args=(solver, times))
    thread.start()
    while thread.is_alive():
        ticks.append(time.perf_counter())
        time.sleep(0.001)
    thread.join()
    begin, end = times
    assert end - begin > 0.05, "the solve is too short to tell"
    during = [t for t in ticks if begin < t < end]
    assert len(during) > 10 and max(np.diff([begin, *during, end])) < 0.8 * (end - begin)


def test_a_shared_solver_makes_others_wait_without_the_gil():
    solver = ms.JacobiSolver(512, threads=1)
    calls: list[list[float]] = [[], []]
    threads = [threading.Thread(target=long_solve, args=(solver, times)) for times in calls]
    for thread in threads:
        thread.start()
    count = 0
    while any(thread.is_alive() for thread in threads):
        count += 1
        time.sleep(0.001)
    assert count > 20


def in_child(work) -> int:
    """The exit status of a forked child that does it; at most 20 seconds."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            signal.alarm(20)
            status = 0 if work() else 2
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning", "ignore:.*fork.*:RuntimeWarning")
@pytest.mark.parametrize("threads", [1, 2])
def test_a_child_solves_after_a_fork(threads):
    systems, _ = EXPECTED[7]
    many = np.resize(systems.values, (2000, systems.entries)), np.resize(systems.rhs, (2000, systems.unknowns))
    parent = ms.CgSolver(systems.pattern, threads=threads)
    expected = parent.solve(*many).x.tobytes()
    assert in_child(lambda: parent.solve(*many).x.tobytes() == expected) == 0
    assert in_child(lambda: ms.CgSolver(systems.pattern, threads=threads).solve(*many).x.tobytes() == expected) == 0
    assert in_child(lambda: at_once(lambda i: is_right(parent, i)) == [True] * THREADS) == 0
    assert parent.solve(*many).x.tobytes() == expected


def work_of_a_pool(i: int) -> bool:
    return is_right(ms.CgSolver(EXPECTED[i][0].pattern), i)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning", "ignore:.*fork.*:RuntimeWarning")
def test_a_pool_of_forked_processes():
    assert is_right(ms.CgSolver(EXPECTED[0][0].pattern), 0)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(work_of_a_pool, range(THREADS)).get(30) == [True] * THREADS


@pytest.mark.parametrize("work", [
    "o = metasolve.OnlineMetaSolver({'guess_scale': (0, 2, 1)}, {'size': (0, 1)})\n"
    "    s, b = metasolve.JacobiSolver(64), np.ones((2000, 64))\n"
    "    while True: s.solve(b, x0=b, tol=1e-10, online=o, features=b[:, 0])",
    "s = metasolve.JacobiSolver(64)\n    while True: s.solve(np.ones((2000, 64)), tol=1e-10)",
    "name = threading.current_thread().name.split()[0].lower()\n"
    "    box = metasolve.BlackBox(name, columns=['a'], parameters={'w': (0.0, 1.0)}, solve=lambda r, t: np.ones(len(r)))\n"
    "    box.train({k: np.random.rand(500, 1) for k in ('train', 'validation', 'test')}, {'training.epochs': 100000},\n"
    "              out=tempfile.mkdtemp() + '/run', progress=False)",
])  # fmt: skip
def test_the_interpreter_ends_under_daemon_threads(work, tmp_path):
    code = ("import sys, tempfile, threading, time\nimport numpy as np, metasolve\n"
            "sys.setswitchinterval(1e-6)  # threads ask for the GIL wherever they may\n"
            f"def work():\n    {work}\n"
            "for _ in range(4): threading.Thread(target=work, daemon=True).start()\ntime.sleep(0.5)")  # fmt: skip
    for _ in range(3):
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120,
                               env={**os.environ, "TMPDIR": str(tmp_path)})  # fmt: skip
        assert ended.returncode == 0, ended.stderr
