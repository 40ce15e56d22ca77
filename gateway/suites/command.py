"""A crypto suite whose work is done by configured commands: no shell, bounded in time and output, data on stdin."""

import contextlib
import logging
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.core.errors import ErrorCode, rejected
from gateway.core.texts import say

MOST = 64 * 1024  # bytes that a command may answer: signatures are shorter
SHOWN = 200  # characters of what it complains, for the program's log
HELD, BROKEN = 0, 1  # exit codes of a check: the signature holds, it does not; any other is a failure of the tool
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it wrote."""

    code: int
    output: bytes


@dataclass(frozen=True, slots=True)
class CommandSuite:
    """Signs and checks by commands: it is a `Signer` and a `Verifier`.

    In the words of a command, {signature} and {certificate} stand for files that only this process and its child see.
    """

    name: str
    method: str  # URI
    chain: tuple[x509.Certificate, ...]
    commands: Mapping[str, Sequence[str]] = field(repr=False)  # sign, verify
    folder: Path
    seconds: float

    def sign(self, data: bytes) -> bytes:
        """The octets of ds:SignatureValue, as the command writes them."""
        ended = self._run("sign", data)
        if ended.code or not ended.output:
            raise self._failed("sign", f"exit code {ended.code}, {len(ended.output)} bytes")
        return ended.output

    def verify(self, method: str, certificate: x509.Certificate, signature: bytes, data: bytes) -> bool:
        """Whether the certificate's key made the signature over the data; only by this suite's method."""
        if method != self.method:
            return False
        pem = certificate.public_bytes(Encoding.PEM)
        ended = self._run("verify", data, signature=signature, certificate=pem)
        if ended.code not in {HELD, BROKEN}:
            raise self._failed("verify", f"exit code {ended.code}")
        return ended.code == HELD

    def _run(self, work: str, data: bytes, **files: bytes) -> Ended:
        with contextlib.ExitStack() as stack:
            held = {name: stack.enter_context(_memory(content)) for name, content in files.items()}
            places = {name: f"/dev/fd/{number}" for name, number in held.items()}
            words = [_filled(word, places) for word in self.commands[work]]
            given, complaints = stack.enter_context(_memory(data)), stack.enter_context(_memory(b""))
            try:
                process = subprocess.Popen(  # noqa: S603 - the operator's own command, without a shell
                    words,
                    stdin=given,
                    stdout=subprocess.PIPE,
                    stderr=complaints,
                    cwd=self.folder,
                    env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
                    pass_fds=tuple(held.values()),
                    start_new_session=True,
                )
            except OSError as error:
                raise self._failed(work, error.strerror or "cannot be started") from None
            ended = self._wait(work, process)
            if ended.code:
                said = os.pread(complaints, SHOWN, 0).decode(errors="replace").partition("\n")[0]
                logger.warning("suite %s: %s ended with %d: %s", self.name, work, ended.code, said)
            return ended

    def _wait(self, work: str, process: subprocess.Popen[bytes]) -> Ended:
        """What it wrote and its exit code; it and its children are gone afterwards."""
        output, in_time = _heard(process, time.monotonic() + self.seconds)
        _kill(process)  # before its number is free for others
        with process:
            code = process.wait()
        if len(output) > MOST:
            raise self._failed(work, f"more than {MOST} bytes")
        if not in_time:
            raise self._failed(work, f"no end within {self.seconds:g} seconds")
        return Ended(code, output)

    def _failed(self, work: str, why: str) -> Exception:
        """Our tool's fault, never the partner's: it may pass, so that both sides try again."""
        logger.warning("suite %s: %s failed: %s", self.name, work, why)
        return rejected(ErrorCode.UNAVAILABLE, f"suite.{self.name}.{work}", say("working_suite"))


def _filled(word: str, places: Mapping[str, str]) -> str:
    for name, place in places.items():
        word = word.replace(f"{{{name}}}", place)
    return word


def _heard(process: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, bool]:
    """What it writes until it ends or has written too much; whether that was before the deadline."""
    output, pipe, end = b"", cast("IO[bytes]", process.stdout).fileno(), os.pidfd_open(process.pid)
    try:
        while _ready(pipe, deadline):
            piece = os.read(pipe, MOST)
            output += piece
            if len(output) > MOST:
                return output, True
            if not piece:
                return output, _ready(end, deadline)
        return output, False
    finally:
        os.close(end)


def _ready(number: int, deadline: float) -> bool:
    """Whether there is something to read, or to learn, before the deadline."""
    asked = select.poll()  # select.select cannot ask about numbers from 1024
    asked.register(number, select.POLLIN)
    return bool(asked.poll(max(0, int((deadline - time.monotonic()) * 1000))))


def _kill(process: subprocess.Popen[bytes]) -> None:
    """The command's whole session is gone: it may have started others."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def _memory(content: bytes) -> Iterator[int]:
    """A file that is in no folder and on no disk, read from its start."""
    number = os.memfd_create("suite")
    try:
        os.write(number, content)  # whole: memory takes all of it, and references are far below 2 GB
        os.lseek(number, 0, os.SEEK_SET)
        yield number
    finally:
        os.close(number)
