"""A folder as members: its plain files, by their paths, read when they are asked for."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from gateway.core.evidence.note import Malformed

PIECE = 1 << 20
MOST_FILES = 1_000_000


class Folder:
    """The plain files below a folder; links are not followed."""

    def __init__(self, root: Path) -> None:
        """What is there now; what is no plain file is told."""
        self._sizes: dict[str, int] = {}
        self.misfits: list[tuple[str, str]] = []
        self._root = root
        self._walk("")

    def names(self) -> Collection[str]:
        """Of all files, in their order."""
        return self._sizes.keys()

    def size(self, name: str) -> int:
        """Of the file."""
        return self._sizes[name]

    def pieces(self, name: str) -> Iterator[bytes]:
        """The file's content; Malformed where it cannot be read, or has grown since it was listed."""
        try:
            left = self._sizes[name]
            with (self._root / name).open("rb") as file:
                while piece := file.read(PIECE):
                    left -= len(piece)
                    if left < 0:
                        raise Malformed("it grows while it is read")
                    yield piece
        except OSError as error:
            raise Malformed(f"it cannot be read: {error.strerror}") from None

    def crc(self, _: str) -> None:
        """A folder says nothing about it."""

    def _walk(self, below: str) -> None:
        try:
            found = sorted(os.scandir(self._root / below), key=lambda each: each.name)
        except OSError as error:
            self.misfits.append((below or ".", f"it cannot be read: {error.strerror}"))
            return
        for each in found:
            name = f"{below}/{each.name}" if below else each.name
            if each.is_symlink() or not (each.is_dir() or each.is_file()) or len(self._sizes) >= MOST_FILES:
                self.misfits.append((name, "neither a plain file nor a folder, or one too many"))
            elif each.is_dir():
                self._walk(name)
            else:
                self._sizes[name] = each.stat(follow_symlinks=False).st_size
