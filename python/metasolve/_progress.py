# SPDX-License-Identifier: Apache-2.0
"""Progress of a training, in a terminal or a notebook."""

from __future__ import annotations

import sys
import time
from typing import Any


def text_of(epoch: dict[str, Any]) -> str:
    """A line for an epoch.

    >>> text_of({"epoch": 3, "epochs": 20, "loss": 4.25, "validation_iterations": 11.5, "best_iterations": 11.25,
    ...          "tasks_per_second": 52345.0, "seconds_left": 61.0})
    'epoch 3/20  loss 4.25  validation 11.50 iterations [best 11.25]  52345 tasks/s  61 s left'
    """
    return (
        f"epoch {epoch['epoch']}/{epoch['epochs']}  loss {epoch['loss']:.5g}  "
        f"validation {epoch['validation_iterations']:.2f} iterations [best {epoch['best_iterations']:.2f}]  "
        f"{epoch['tasks_per_second']:.0f} tasks/s  {epoch['seconds_left']:.0f} s left"
    )


class Silent:
    """Shows nothing but notices."""

    def show(self, epoch: dict[str, Any]) -> None:
        pass

    def notice(self, text: str) -> None:
        print(f"metasolve: {text}", file=sys.stderr)

    def finish(self) -> None:
        pass


class Terminal(Silent):
    """One line, written over and over."""

    def __init__(self) -> None:
        self._shown_at = 0.0
        self._last: dict[str, Any] | None = None
        self._width = 0

    def show(self, epoch: dict[str, Any]) -> None:
        self._last = epoch
        now = time.monotonic()
        if now - self._shown_at >= 0.1 or epoch["epoch"] == epoch["epochs"]:
            self._shown_at = now
            self._write(text_of(epoch))

    def _write(self, text: str) -> None:
        print("\r" + text.ljust(self._width), end="", file=sys.stderr, flush=True)
        self._width = len(text)

    def finish(self) -> None:
        if self._last is not None:
            self._write(text_of(self._last))
            print(file=sys.stderr)
        self._last = None


class Notebook(Terminal):
    """One output, updated."""

    def __init__(self) -> None:
        super().__init__()
        self._handle: Any = None

    def _write(self, text: str) -> None:
        from IPython.display import display  # there: this runs in its kernel

        content = {"text/plain": text}
        if self._handle is None:
            self._handle = display(content, raw=True, display_id=True)
        else:
            self._handle.update(content, raw=True)

    def finish(self) -> None:
        if self._last is not None:
            self._write(text_of(self._last))
        self._last = None


def display_of(wanted: bool | None) -> Silent:
    """wanted: None: if there is somebody to see it."""
    if wanted is False:
        return Silent()
    ipython = sys.modules.get("IPython")
    shell = getattr(ipython, "get_ipython", lambda: None)()
    if shell is not None and type(shell).__name__ == "ZMQInteractiveShell":
        return Notebook()
    return Terminal() if wanted or (sys.stderr is not None and sys.stderr.isatty()) else Silent()
