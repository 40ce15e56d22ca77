"""AES-GCM on the wire: IV, ciphertext and tag, in any pieces; whatever was altered is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import ErrorCode, Rejected
from gateway.core.wss.gcm import OVERHEAD, GcmReader, GcmWriter, decrypt_whole, encrypt_whole, iv_of

KEYS = st.sampled_from([16, 24, 32]).flatmap(lambda size: st.binary(min_size=size, max_size=size))
IVS = st.binary(min_size=12, max_size=12)
PIECES = st.lists(st.binary(max_size=40), max_size=8)
# Test cases 3 (AES-128) and 15 (AES-256) of the GCM specification (McGrew, Viega): IV, plain text; key, ciphertext, tag.
SHARED_IV = bytes.fromhex("cafebabefacedbaddecaf888")
PLAIN = bytes.fromhex(
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
)
KNOWN = {
    "feffe9928665731c6d6a8f9467308308": "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
    "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091473f5985"
    "4d5c2af327cd64a62cf35abd2ba6fab4",
    "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308": "522dc1f099567d07f47f37a32a84427d"
    "643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
    "b094dac5d93471bdec1a502270e3cc6c",
}


def cut(octets: bytes, sizes: list[int]) -> list[bytes]:
    """The octets in pieces of these sizes, and the rest."""
    pieces = []
    for size in sizes:
        pieces.append(octets[:size])
        octets = octets[size:]
    return [*pieces, octets]


@pytest.mark.parametrize(("key", "sealed"), KNOWN.items())
def test_the_octets_are_those_of_the_published_cases(key: str, sealed: str) -> None:
    """IV, ciphertext and tag of the specification's own examples."""
    wire = SHARED_IV + bytes.fromhex(sealed)
    assert encrypt_whole(bytes.fromhex(key), SHARED_IV, PLAIN) == wire
    assert decrypt_whole(bytes.fromhex(key), wire) == PLAIN


@given(KEYS, IVS, PIECES, st.lists(st.integers(0, 30), max_size=12))
def test_any_pieces_in_and_out_are_the_whole(key: bytes, iv: bytes, pieces: list[bytes], sizes: list[int]) -> None:
    """Cut as they may be, the pieces joined are what one call makes, both ways."""
    writer, reader = GcmWriter(key, iv), GcmReader(key)
    wire = b"".join(map(writer.feed, pieces)) + writer.finish()
    assert wire == encrypt_whole(key, iv, b"".join(pieces))
    assert len(wire) == sum(map(len, pieces)) + OVERHEAD
    assert b"".join(map(reader.feed, cut(wire, sizes))) + reader.finish() == b"".join(pieces)


@given(KEYS, IVS, st.binary(max_size=60), st.data())
def test_any_changed_octet_is_refused(key: bytes, iv: bytes, plain: bytes, data: st.DataObject) -> None:
    """One bit anywhere in IV, ciphertext or tag: EBMS:0102."""
    wire = bytearray(encrypt_whole(key, iv, plain))
    bit = data.draw(st.integers(0, len(wire) * 8 - 1))
    wire[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Rejected) as refusal:
        decrypt_whole(key, bytes(wire))
    assert refusal.value.first is ErrorCode.EBMS_0102


@pytest.mark.parametrize("kept", [0, 11, 12, 27])
def test_a_part_too_short_for_iv_and_tag_is_refused(kept: int) -> None:
    """Nothing that short was ever encrypted."""
    wire = encrypt_whole(b"k" * 16, b"i" * 12, b"")
    with pytest.raises(Rejected) as refusal:
        decrypt_whole(b"k" * 16, wire[:kept])
    assert refusal.value.first is ErrorCode.EBMS_0102
    assert decrypt_whole(b"k" * 16, wire) == b""


def test_another_key_is_answered_as_an_altered_part_is() -> None:
    """The refusal of a wrong key and that of a wrong tag are the same to the letter."""
    wire = encrypt_whole(b"k" * 16, b"i" * 12, b"content")
    faults = []
    for key, octets in ((b"x" * 16, wire), (b"k" * 16, wire[:-1] + b"\x00"), (b"k" * 16, wire[:5])):
        with pytest.raises(Rejected) as refusal:
            decrypt_whole(key, octets)
        faults.append(refusal.value.faults)
    assert faults[0] == faults[1] == faults[2]


def test_the_iv_differs_by_part_and_by_message() -> None:
    """Two parts of one message, and one part of two messages, never share an IV; a retry does."""
    assert iv_of(b"k" * 16, "one") == iv_of(b"k" * 16, "one")
    assert len({iv_of(key, cid) for key in (b"k" * 16, b"l" * 16) for cid in ("one", "two")}) == 4
