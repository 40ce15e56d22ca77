"""Child processes: started with this program importable, their CPU time read, always ended."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from gateway.config.shipped import PACKAGE

PATIENCE = 10.0  # seconds a process has to end
SHOWN = 2000  # characters of its log
CPUCLOCK_SCHED = 2  # clock_getcpuclockid(3): every thread of the process, ended ones too, in nanoseconds


class BenchError(RuntimeError):
    """The measuring itself did not work; says why."""


class Process:
    """A running child."""

    def __init__(self, stack: ExitStack, arguments: Sequence[str], log: Path) -> None:
        """Start it; the stack ends it."""
        self.name, self._log = " ".join(arguments), log
        paths = [str(PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
        output = stack.enter_context(log.open("w"))
        self.child = subprocess.Popen(  # noqa: S603 - this program's own modules
            [sys.executable, "-m", *arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            cwd=PACKAGE.parent,  # `python -m` looks there first
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE if "bench.load" in arguments[0] else output,
            stderr=output,
            text=True,
            start_new_session=True,  # Ctrl-C reaches this command alone, which then ends its children
        )
        stack.callback(self._end)

    def cpu(self) -> float:
        """Seconds of CPU it has used."""
        return time.clock_gettime((~self.child.pid << 3) | CPUCLOCK_SCHED)

    def forget_peak(self) -> None:
        """The peak of its memory starts from what it has now."""
        Path(f"/proc/{self.child.pid}/clear_refs").write_text("5")

    def peak(self) -> float:
        """MB of memory at the peak."""
        return self._memory("VmHWM")

    def resident(self) -> float:
        """MB of memory now."""
        return self._memory("VmRSS")

    def _memory(self, name: str) -> float:
        status = Path(f"/proc/{self.child.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(name)) / 1024

    def require_alive(self) -> None:
        """BenchError with the end of its log where it has ended."""
        if self.child.poll() is not None:
            raise BenchError(f"{self.name} ended: {self._log.read_text()[-SHOWN:]}")

    def ask(self, line: str) -> str:
        """Its answer to one line."""
        if self.child.stdin is None or self.child.stdout is None:
            raise BenchError("the process has no pipes")
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()
        answer = self.child.stdout.readline()
        if not answer:
            self.child.wait(PATIENCE)
            self.require_alive()
        return answer

    def _end(self) -> None:
        self.child.terminate()
        try:
            self.child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
