"""The demo's outsider: has the exported log and one message's evidence, and what the partner gave to trust; nothing else."""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.config.shipped import PACKAGE
from gateway.verifier.selfcontained import packed

WHY = "the demo's outsider"


@dataclass(frozen=True, slots=True)
class Checked:
    """What the verifier said about one service's log and one of its messages."""

    log: str  # verified, partly verified, faults
    message: str
    proven: Sequence[str]  # about the message, in the verifier's words
    faults: Sequence[str]


async def check(folder: Path, partner: Path, message_id: str, where: Path) -> Checked:
    """Log and message of the service in the folder, checked by a process that gets the exported files alone.

    Whose keys count is what the partner's configuration says: the service itself is not asked.
    """
    await asyncio.to_thread(where.mkdir, parents=True)
    verifier, trust, log, message = where / "verify.pyz", where / "trust.toml", where / "log", where / "message.zip"
    verifier.write_bytes(packed())
    await _run("-m", "gateway", "evidence", "trust", "--out", trust, "--config", partner)
    await _run("-m", "gateway", "log", "export", "--out", log, "--cosigned", "--why", WHY, "--config", folder)
    about = ("--message", message_id, "--out", message, "--why", WHY, "--config", folder)
    await _run("-m", "gateway", "evidence", "export", *about)
    found = [await _verified(verifier, each, trust) for each in (log, message)]
    return Checked(
        found[0]["result"],
        found[1]["result"],
        [each["text"] for each in found[1]["proven"]],
        [f"{fault['where']}: {fault['text']}" for verdict in found for fault in verdict["faults"]],
    )


async def _verified(verifier: Path, evidence: Path, trust: Path) -> dict[str, Any]:
    """What the one-file verifier says, alone in its process."""
    found: dict[str, Any] = json.loads(await _run("-I", verifier, evidence, "--trust", trust, "--json"))
    return found


async def _run(*arguments: object) -> bytes:
    """What a command of this Python printed; how it ended is judged by what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *map(str, arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
    )
    printed, _ = await process.communicate()
    return printed
