"""Signed notes: a text and who signed it (C2SP signed-note, tlog-cosignature)."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import IntEnum
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY_ID = 4  # bytes
PUBLIC = 32
SIGNATURE = 64
TIMESTAMP = 8
LARGEST = 64 * 1024  # bytes of a note
MOST_SIGNATURES = 100
DASH = "\u2014 "
COSIGNED = "cosignature/v1\ntime {time}\n"


class Malformed(ValueError):  # noqa: N818 - a state of the text, as in the specification
    """The bytes are not what the specification describes."""


class Kind(IntEnum):
    """The signature types: what is signed, and what stands in the signature line."""

    NOTE = 1  # Ed25519 over the text
    COSIGNATURE = 4  # Ed25519 over a header with the time in seconds, and the text


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who, by which key, and the bytes behind the key id."""

    name: str
    key_id: bytes
    blob: bytes

    def line(self) -> str:
        """As it stands in a note."""
        return f"{DASH}{self.name} {base64.b64encode(self.key_id + self.blob).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends with a line feed, and its signatures."""

    text: str
    signatures: tuple[Signature, ...] = ()

    @classmethod
    def parse(cls, content: bytes, largest: int = LARGEST) -> Self:
        """The note as it is written, or Malformed: what is read is written again byte for byte."""
        if len(content) > largest:
            raise Malformed(f"a note of {len(content)} bytes; expected at most {largest}")
        try:
            whole = content.decode()
        except UnicodeDecodeError:
            raise Malformed("a note that is not UTF-8") from None
        if any(letter < " " and letter != "\n" for letter in whole):
            raise Malformed("control characters in a note")
        text, found, lines = whole.rpartition("\n\n")
        if not found or not text or not lines.endswith("\n"):
            raise Malformed("no empty line before the signatures, or the last line has no end")
        rows = lines[:-1].split("\n")
        if len(rows) > MOST_SIGNATURES:
            raise Malformed(f"{len(rows)} signatures; expected at most {MOST_SIGNATURES}")
        return cls(text + "\n", tuple(_signature(row) for row in rows))

    def bytes(self) -> bytes:
        """As it is written."""
        return (self.text + "\n" + "".join(each.line() for each in self.signatures)).encode()

    def signed(self, *signatures: Signature) -> Self:
        """With these signatures, too; none stands twice."""
        return replace(self, signatures=tuple(dict.fromkeys((*self.signatures, *signatures))))

    def by(self, verifier: "Verifier") -> Self:
        """With that verifier's signatures alone."""
        return replace(self, signatures=tuple(each for each in self.signatures if verifier.knows(each)))


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key and whose it is."""

    name: str
    kind: Kind
    public: bytes

    @classmethod
    def of(cls, vkey: str) -> Self:
        """The key as it is exchanged: name+key id+base64 of type and key; Malformed where it is not that."""
        name, _, rest = vkey.partition("+")
        stated, _, encoded = rest.partition("+")
        content = _decoded(encoded)
        if not plain(name) or len(content) != 1 + PUBLIC or content[0] not in set(Kind):
            raise Malformed("a key that is not name+key id+base64")
        found = cls(name, Kind(content[0]), content[1:])
        if stated != found.key_id.hex() or str(found) != vkey:
            raise Malformed("a key whose id is not its own")
        return found

    @property
    def key_id(self) -> bytes:
        """SHA-256 over name, line feed, type and key: the first 4 bytes."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:KEY_ID]

    def __str__(self) -> str:
        """As `of` reads it."""
        encoded = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    def knows(self, signature: Signature) -> bool:
        """Whether the signature says that it is by this key."""
        return (signature.name, signature.key_id) == (self.name, self.key_id)

    def verified(self, text: str, signature: Signature) -> bool:
        """Whether this key made the signature over the text."""
        signed = _signed(text, signature.blob, self.kind)
        if signed is None or not self.knows(signature):
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature.blob[-SIGNATURE:], signed)
        except (InvalidSignature, ValueError):
            return False
        return True

    def signature_of(self, note: Note) -> Signature | None:
        """The first of the note's signatures that is by this key; None where no one is, or one by its name is wrong.

        C2SP signed-note: a wrong signature by a known key makes the note invalid.
        """
        found = [each for each in note.signatures if self.knows(each)]
        return found[0] if found and all(self.verified(note.text, each) for each in found) else None


@dataclass(frozen=True, slots=True)
class NoteSigner:
    """Signs notes with one key; it is told which kind of signature."""

    name: str
    key: Ed25519PrivateKey = field(repr=False)

    @property
    def verifier(self) -> Verifier:
        """Who checks it."""
        return Verifier(self.name, Kind.NOTE, _public(self.key))

    def sign(self, text: str) -> Signature:
        """Its signature over the text."""
        return Signature(self.name, self.verifier.key_id, self.key.sign(text.encode()))

    def note(self, text: str) -> Note:
        """The text, signed."""
        return Note(text).signed(self.sign(text))


@dataclass(frozen=True, slots=True)
class CosignSigner:
    """Cosigns checkpoints with one key: says that at that time it had seen no other history (C2SP tlog-cosignature)."""

    name: str
    key: Ed25519PrivateKey = field(repr=False)

    @property
    def verifier(self) -> Verifier:
        """Who checks it."""
        return Verifier(self.name, Kind.COSIGNATURE, _public(self.key))

    def sign(self, text: str, seconds: int) -> Signature:
        """Its signature over the checkpoint and the time, in seconds since 1970."""
        signed = self.key.sign((COSIGNED.format(time=seconds) + text).encode())
        return Signature(self.name, self.verifier.key_id, seconds.to_bytes(TIMESTAMP, "big") + signed)


def cosigned_at(signature: Signature) -> int:
    """When a cosignature was made, in seconds since 1970."""
    return int.from_bytes(signature.blob[:TIMESTAMP], "big")


def plain(name: str) -> bool:
    """Whether a key can have that name: not empty, no white space, no plus."""
    return bool(name) and "+" not in name and not any(letter.isspace() for letter in name)


def lines(signatures: Iterable[Signature]) -> str:
    """The signatures as a note has them."""
    return "".join(each.line() for each in signatures)


def _signed(text: str, blob: bytes, kind: Kind) -> bytes | None:
    """What a signature of the kind covers; None where its length is another."""
    if kind is Kind.NOTE:
        return text.encode() if len(blob) == SIGNATURE else None
    if len(blob) != TIMESTAMP + SIGNATURE:
        return None
    return (COSIGNED.format(time=int.from_bytes(blob[:TIMESTAMP], "big")) + text).encode()


def _signature(row: str) -> Signature:
    name, _, encoded = row.removeprefix(DASH).partition(" ")
    content = _decoded(encoded)
    if not row.startswith(DASH) or not plain(name) or len(content) <= KEY_ID:
        raise Malformed("a signature line that is not «\u2014 name base64»")
    return Signature(name, content[:KEY_ID], content[KEY_ID:])


def _decoded(encoded: str) -> bytes:
    """The bytes behind canonical base64; empty where it is none."""
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return content if base64.b64encode(content).decode() == encoded else b""


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
