"""A disk whose power can be cut: ext4 in a file, shut down without its journal; needs root and loop devices."""

import fcntl
import os
import signal
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

NO_LOOP = "no disk can be mounted here (root and loop devices)"
EXT4_SHUTDOWN, DROP_THE_JOURNAL = 0x8004587D, 2  # EXT4_IOC_SHUTDOWN, EXT4_GOING_FLAGS_NOLOGFLUSH
SIZE = 48 * 1024 * 1024


class NoDiskError(Exception):
    """This machine mounts nothing."""


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system of its own."""

    image: Path
    at: Path

    def make(self) -> None:
        """It is there, empty; NoDiskError where this machine cannot."""
        self.at.mkdir()
        with self.image.open("wb") as file:
            file.truncate(SIZE)
        try:
            subprocess.run(["mkfs.ext4", "-q", str(self.image)], check=True, capture_output=True)
            self.mount()
        except (OSError, subprocess.CalledProcessError) as error:
            raise NoDiskError from error

    def mount(self) -> None:
        """What survived the cut is there: the journal is replayed."""
        subprocess.run(["mount", "-o", "loop", str(self.image), str(self.at)], check=True, capture_output=True)

    def unmount(self) -> None:
        """It is gone; so is what only the cache held."""
        subprocess.run(["umount", str(self.at)], check=True, capture_output=True)

    def cut(self, process: "subprocess.Popen[bytes]") -> None:
        """The power goes while the process writes: it is stopped in its tracks, nothing more reaches the disk."""
        process.send_signal(signal.SIGSTOP)
        folder = os.open(self.at, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, EXT4_SHUTDOWN, struct.pack("I", DROP_THE_JOURNAL))
        finally:
            os.close(folder)
        process.kill()
        process.wait()
        self.unmount()
        self.mount()

    def remove(self) -> None:
        """Nothing is left mounted, even where a failed test left a process in it."""
        subprocess.run(["umount", "-l", str(self.at)], check=False, capture_output=True)
