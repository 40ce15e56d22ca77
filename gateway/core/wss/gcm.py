"""AES-GCM as XML Encryption 1.1 5.2.4 puts it on the wire: IV (12) ‖ ciphertext ‖ tag (16), piece by piece.

The content key of a message is random and used for nothing else, so an IV only has to differ between the parts of that
message. It is made from the key and the part's cid: a retry makes the identical ciphertext, and nothing but the key is
kept. `iv_of` is a pseudorandom function of the cid, so two parts share an IV no more often than with random ones; and
the same key and cid always meet the same octets, since a message's gzip octets are stored before they are encrypted.
"""

import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import AEADDecryptionContext, Cipher, algorithms, modes

from gateway.core.errors import ErrorCode, Rejected, rejected
from gateway.core.texts import say

IV, TAG = 12, 16
OVERHEAD = IV + TAG  # a part of n octets has n + OVERHEAD once encrypted


def not_decrypted() -> Rejected:
    """The one answer to every failure of unwrapping or of a tag: it tells nobody which (Manger 2001, RFC 8017 7.1.2)."""
    return rejected(ErrorCode.EBMS_0102, "wsse:Security", say("decrypts"))


def iv_of(key: bytes, cid: str) -> bytes:
    """The IV of that part of the one message that the key is for."""
    return hmac.digest(key, cid.encode(), "sha256")[:IV]


class GcmWriter:
    """Encrypts one part as it comes; the pieces it hands out, joined, are what goes on the wire."""

    def __init__(self, key: bytes, iv: bytes) -> None:
        """Neither the key nor the IV has met other octets."""
        self._head = iv
        self._cipher = Cipher(algorithms.AES(key), modes.GCM(iv)).encryptor()

    def feed(self, piece: bytes) -> bytes:
        """The ciphertext of the piece, the first one behind the IV."""
        head, self._head = self._head, b""
        return head + self._cipher.update(piece)

    def finish(self) -> bytes:
        """What is left, and the tag."""
        return self._head + self._cipher.finalize() + self._cipher.tag


class GcmReader:
    """Decrypts one part as it comes.

    What `feed` hands out is not authenticated until `finish` has returned: the caller keeps it where it can be thrown
    away, throws it away when `finish` refuses, and answers nothing that depends on it before (gzip, digests).
    """

    def __init__(self, key: bytes) -> None:
        """The key is that of the part's `PartKey`."""
        self._key = key
        self._held = b""  # what may be the IV, later what may be the tag
        self._cipher: AEADDecryptionContext | None = None

    def feed(self, piece: bytes) -> bytes:
        """The plain text that can be told from the tag by now; unauthenticated."""
        held = self._held + piece
        if self._cipher is None:
            if len(held) < IV:
                self._held = held
                return b""
            self._cipher = Cipher(algorithms.AES(self._key), modes.GCM(held[:IV])).decryptor()
            held = held[IV:]
        ready = max(0, len(held) - TAG)
        self._held = held[ready:]
        return self._cipher.update(memoryview(held)[:ready])

    def finish(self) -> bytes:
        """The tag fits all that was handed out, and nothing is left; else EBMS:0102."""
        if self._cipher is None or len(self._held) < TAG:
            raise not_decrypted()
        try:
            return self._cipher.finalize_with_tag(self._held)
        except InvalidTag:
            raise not_decrypted() from None


def encrypt_whole(key: bytes, iv: bytes, plain: bytes) -> bytes:
    """A part that is held whole, as it goes on the wire."""
    writer = GcmWriter(key, iv)
    return writer.feed(plain) + writer.finish()


def decrypt_whole(key: bytes, wire: bytes) -> bytes:
    """The authenticated content of a part that is held whole; else EBMS:0102."""
    reader = GcmReader(key)
    return reader.feed(wire) + reader.finish()
