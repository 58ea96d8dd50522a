# SPDX-License-Identifier: Apache-2.0
"""Runs commands, each with a time limit, into one log. None that hangs or fails stops those after it."""
import dataclasses
import os
import shlex
import signal
import subprocess
import tempfile
import threading
import time


@dataclasses.dataclass
class Result:
    status: int  # of the process; negative: the signal that ended it
    out: str
    err: str
    seconds: float
    timed_out: bool = False

    @property
    def ending(self):
        """Why it ended as it did, in words; empty if well."""
        if self.timed_out:
            return f"stopped after {self.seconds:.0f} s"
        if self.status < 0:
            return f"killed by {signal.Signals(-self.status).name}"
        return f"exit status {self.status}" if self.status else ""

    @property
    def problem(self):
        """The same with the program's own last words (a sanitizer's begin with =====)."""
        lines = [line for line in self.err.splitlines() if line.strip() and not line.startswith("=====")]
        return ": ".join(filter(None, (self.ending, lines[-1].strip()[:300] if self.ending and lines else "")))


class Runner:
    def __init__(self, log, folder, dry_run=False):
        self.dry_run = dry_run
        self._log, self._folder = log, folder
        self._lock = threading.Lock()
        self._running = set()
        self._stopped = False
        log.write_text("")

    def note(self, text):
        with self._lock, self._log.open("a", encoding="utf-8", errors="replace") as log:
            log.write(text.rstrip("\n") + "\n")

    def run(self, command, seconds, environment=None):
        """The command's result; it is killed, with all that it started, after so many seconds."""
        command = [str(word).removeprefix(f"{self._folder}/") for word in command]
        line = "$ " + shlex.join(command)
        if self.dry_run:
            print(line if len(line) < 400 else line[:400] + " ...")
            self.note(line)
            return Result(0, "", "", 0.0)
        if self._stopped:
            return Result(-signal.SIGTERM, "", "", 0.0)
        start = time.monotonic()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            try:
                process = subprocess.Popen(command, cwd=self._folder, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                           env={**os.environ, **(environment or {})}, start_new_session=True)
            except OSError as problem:
                result = Result(127, "", str(problem), 0.0)
            else:
                timed_out = self._wait(process, seconds)
                texts = []
                for stream in (out, err):
                    stream.seek(0)
                    texts.append(stream.read().decode(errors="replace"))
                result = Result(process.returncode, *texts, time.monotonic() - start, timed_out)
        self.note("\n".join(text for text in (line, result.out, result.err, f"[{result.ending or 'ok'}, "
                                                                            f"{result.seconds:.1f} s]") if text))
        return result

    def stop_all(self):
        """Ends what runs and starts nothing more."""
        self._stopped = True
        for process in list(self._running):
            self._kill(process)

    def _wait(self, process, seconds):
        self._running.add(process)
        try:
            process.wait(max(seconds, 0.1))
            return False
        except subprocess.TimeoutExpired:
            return True
        finally:
            self._kill(process)  # also children left behind by a finished program
            self._running.discard(process)

    @staticmethod
    def _kill(process):
        for name, patience in ((signal.SIGTERM, 2), (signal.SIGKILL, 5)):
            try:
                os.killpg(process.pid, name)  # it leads its own group
            except (ProcessLookupError, PermissionError):
                pass
            try:
                process.wait(patience)
                if name == signal.SIGTERM and process.returncode is not None:
                    return
            except subprocess.TimeoutExpired:
                continue
