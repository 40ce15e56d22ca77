"""ASiC-E: a bundle as the one data object of a container, with an XAdES signature beside it (ETSI EN 319 162-1 4.4)."""

from dataclasses import dataclass
from functools import partial

from gateway.core.evidence import container
from gateway.core.evidence.container import Container, Measured, Readable, Source, Writable, measured, whole
from gateway.core.evidence.note import Malformed

MIMETYPE = b"application/vnd.etsi.asic-e+zip"
SIGNATURES, MANIFEST, BUNDLE = "META-INF/signatures001.xml", "META-INF/manifest.xml", "evidence.zip"
NAMES = ["mimetype", MANIFEST, SIGNATURES, BUNDLE]  # the type first, stored, at offset 38 (EN 319 162-1 A.1)
LISTED = (
    "<?xml version='1.0' encoding='UTF-8'?>\n"
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{MIMETYPE.decode()}"/>'
    f'<manifest:file-entry manifest:full-path="{BUNDLE}" manifest:media-type="application/zip"/>'
    "</manifest:manifest>\n"
).encode()
LARGEST = 1024 * 1024  # bytes of a signature file


def write(target: Writable, signatures: bytes, bundle: tuple[Measured, Source]) -> None:
    """The container around the bundle, of which it was measured what the signature is over."""
    small = ((MIMETYPE, "mimetype"), (LISTED, MANIFEST), (signatures, SIGNATURES))
    rows = [(name, measured(whole(content)), whole(content)) for content, name in small]
    container.write(target, [*rows, (BUNDLE, *bundle)])


def is_container(found: Container) -> bool:
    """Whether it says that it is an ASiC-E container."""
    first = next(iter(found.names()), "")
    return first == NAMES[0] and found.size(first) == len(MIMETYPE) and b"".join(found.pieces(first)) == MIMETYPE


@dataclass(frozen=True, slots=True)
class Opened:
    """What stands in a container: the signature file, and the bundle to be read as a file."""

    signatures: bytes
    bundle: Readable
    digest: bytes  # SHA-256 of the bundle: what the signature must cover, under the name BUNDLE


def opened(found: Container) -> Opened:
    """The container in its one form; Malformed where it is another."""
    if found.misfits or [*found.names()] != NAMES or not is_container(found):
        raise Malformed("an ASiC-E container that is not written as it would be")
    if b"".join(found.pieces(MANIFEST)) != LISTED or found.size(SIGNATURES) > LARGEST:
        raise Malformed("an ASiC-E container with another manifest, or with too large a signature")
    known = {name: measured(partial(found.pieces, name)) for name in NAMES}
    if any(known[name].crc != found.crc(name) for name in NAMES):
        raise Malformed("an ASiC-E container with a wrong CRC-32")
    return Opened(b"".join(found.pieces(SIGNATURES)), inner(found), known[BUNDLE].digest)


def inner(found: Container) -> Readable:
    """The bundle as a file, empty where there is none."""
    entry = found.entries.get(BUNDLE)
    return _Range(found.file, entry.start, entry.size) if entry else _Range(found.file, 0, 0)


class _Range:
    """A part of a file as a file."""

    def __init__(self, file: Readable, start: int, size: int) -> None:
        self._file, self._start, self._size, self._at = file, start, size, 0

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go there; from the beginning, or (whence 2) from the end."""
        self._at = offset + (self._size if whence else 0)
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        left = max(0, self._size - self._at)
        self._file.seek(self._start + self._at)
        found = self._file.read(left if size < 0 else min(size, left))
        self._at += len(found)
        return found
