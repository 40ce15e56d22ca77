"""The anchor: the newest published checkpoint, in a file beside the database, which no older copy of the database replaces."""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SUFFIX = ".checkpoint"
FRESH = ".new"


class AnchorFile:
    """`<database>.checkpoint`: whole or as it was before, whatever happens meanwhile."""

    def __init__(self, database: Path) -> None:
        """Nothing is read or written yet."""
        self.path = database.with_name(database.name + SUFFIX)
        self._thread = ThreadPoolExecutor(1, "anchor")  # one: an older checkpoint never replaces a newer one

    def read(self) -> bytes:
        """The checkpoint that was published last; empty where none was."""
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""

    async def write(self, note: bytes) -> None:
        """The checkpoint outlives a power cut."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._replace, note)

    def _replace(self, note: bytes) -> None:
        fresh = self.path.with_name(self.path.name + FRESH)
        with fresh.open("wb") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name, too
        finally:
            os.close(folder)

    def close(self) -> None:
        """The thread ends."""
        self._thread.shutdown()
