"""A gateway as a child process: started, asked whether it serves, killed, stopped."""

import asyncio
import contextlib
import functools
import itertools
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from gateway.cli.client import NationalClient

PACKAGE_PARENT = Path(__file__).resolve().parents[2]
READY_WITHIN = 120.0  # seconds: a first start reads the schemas; a busy machine takes its time
PORTS = 12_000


def free_port() -> int:
    """A port nobody listens on right now, below those that the system gives to connections: none takes it by chance."""
    for port in _ports():
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError  # there is no end of them


@functools.cache
def _ports() -> Iterator[int]:
    """One after the other from a chance one on: two that are asked for together are never the same."""
    first = secrets.randbelow(PORTS)
    return (20_000 + (first + number) % PORTS for number in itertools.count())


@dataclass(slots=True)
class GatewayProcess:
    """`gateway serve` on a configuration folder; its logging goes to a file beside it."""

    folder: Path
    url: str
    certificate: Path
    command: tuple[str, ...] = (sys.executable, "-m", "gateway")
    _child: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def pid(self) -> int:
        """Of the running process; 0 where none runs."""
        return self._child.pid if self._child else 0

    def start(self) -> None:
        """The process runs; it may not serve yet."""
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE_PARENT)}
        with (self.folder / "gateway.out").open("ab") as out:
            self._child = subprocess.Popen(  # noqa: S603 - this very program
                [*self.command, "serve", "--config", str(self.folder)], stdout=out, stderr=out, env=environment
            )

    async def ready(self) -> float:
        """Seconds until it served; TimeoutError or ChildProcessError where it did not."""
        began = time.monotonic()
        async with NationalClient(self.url, "", self.certificate, timeout=2) as client:
            while time.monotonic() - began < READY_WITHIN:
                if self._child is not None and self._child.poll() is not None:
                    raise ChildProcessError(f"the gateway ended: see {self.folder / 'gateway.out'}")
                try:
                    await client.call("GET", "/health")
                except (aiohttp.ClientError, TimeoutError):
                    await asyncio.sleep(0.02)
                else:
                    return time.monotonic() - began
        raise TimeoutError(f"the gateway did not serve: see {self.folder / 'gateway.out'}")

    def kill(self) -> None:
        """SIGKILL: no code of the gateway runs after this."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM: an orderly stop; the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        child, self._child = self._child, None
        if child is None:
            return 0
        child.send_signal(number)
        try:
            return child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()
