"""Every single byte of a note, a cosignature, a tile and a proof counts: whatever else stands there is found."""

from collections.abc import Iterator

import pytest

from gateway.core.evidence import proofs
from gateway.core.evidence.checkpoint import Checkpoint, opened
from gateway.core.evidence.note import Malformed, Note, Verifier
from gateway.core.evidence.tiles import Tile
from tests.core.evidence import naive
from tests.core.evidence.signing import LOG, SECONDS, TEXT, WITNESS

SIZE = 300  # a full tile, a partial one, and one above them
BITS = (0x01, 0x80)


def holds(content: bytes) -> bool:
    """Whether the log signed this checkpoint and the witness cosigned it."""
    try:
        _, note = opened(content, LOG.verifier)
    except Malformed:
        return False
    return WITNESS.verifier.signature_of(note) is not None


def changed(content: bytes) -> Iterator[bytes]:
    """The content with one byte being any other."""
    for at, octet in enumerate(content):
        for other in range(256):
            if other != octet:
                yield content[:at] + bytes([other]) + content[at + 1 :]


def shortened(content: bytes) -> Iterator[bytes]:
    """The content with one byte less, or one twice, or cut off."""
    for at in range(len(content)):
        yield content[:at] + content[at + 1 :]
        yield content[: at + 1] + content[at:]
        yield content[:at]


def test_any_other_byte_in_a_cosigned_checkpoint_is_found() -> None:
    """All of its bytes, all 255 other values; the control is the untouched one."""
    content = LOG.note(TEXT).signed(WITNESS.sign(TEXT, SECONDS)).bytes()

    assert holds(content)
    assert [other for other in changed(content) if holds(other)] == []


def test_any_missing_or_doubled_byte_in_a_cosigned_checkpoint_is_found() -> None:
    """Or everything from a byte on; what comes out as the same bytes (a letter doubled by its twin) is the same note."""
    content = LOG.note(TEXT).signed(WITNESS.sign(TEXT, SECONDS)).bytes()

    assert [other for other in shortened(content) if other != content and holds(other)] == []


def test_any_other_byte_in_a_key_is_found() -> None:
    """It is malformed: name, type and key are in its id."""
    content = str(WITNESS.verifier).encode()
    for other in changed(content):
        with pytest.raises((Malformed, UnicodeDecodeError)):
            Verifier.of(other.decode())


def test_any_other_byte_in_a_tile_is_found() -> None:
    """Some proof that the tile is needed for no longer leads to the signed root; a full tile is bound by the one above it."""
    leaves = naive.many(SIZE)
    held, root = naive.served(leaves), naive.root(leaves)
    assert {tile.path for tile in held} == {"tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1"}
    assert _leads(held, root)
    for tile, content in held.items():
        for at in range(len(content)):
            other = bytearray(content)
            other[at] ^= BITS[at % 2]
            index = _user(tile, at // 32)
            assert not _included(index, {**held, tile: bytes(other)}, root), (tile.path, at)


def _user(tile: Tile, place: int) -> int:
    """A leaf whose inclusion proof needs that hash of the tile."""
    if tile.level:
        return SIZE - 1
    index = tile.start + place
    return index ^ 1


def _leads(held: dict[Tile, bytes], root: bytes) -> bool:
    return all(_included(index, held, root) for index in range(SIZE))


def _included(index: int, held: dict[Tile, bytes], root: bytes) -> bool:
    proof = proofs.made(proofs.inclusion_spans(index, SIZE), SIZE, held)
    return proofs.verify_inclusion(naive.leaf(index), index, SIZE, proof, root)


def test_any_other_byte_in_a_proof_is_found() -> None:
    """Of a leaf and of an older tree; also in the leaf's hash and in the roots."""
    leaves = naive.many(SIZE)
    root = naive.root(leaves)
    old = (123, naive.root(leaves[:123]))
    growth = naive.consistency(123, leaves)
    path = naive.inclusion(77, leaves)

    assert proofs.verify_consistency(old, (SIZE, root), growth)
    assert not any(proofs.verify_consistency(old, (SIZE, root), other) for other in _flipped(growth))
    assert not any(proofs.verify_consistency((123, other), (SIZE, root), growth) for (other,) in _flipped((old[1],)))
    assert not any(proofs.verify_consistency(old, (SIZE, other), growth) for (other,) in _flipped((root,)))
    assert proofs.verify_inclusion(leaves[77], 77, SIZE, path, root)
    assert not any(proofs.verify_inclusion(leaves[77], 77, SIZE, other, root) for other in _flipped(path))
    assert not any(proofs.verify_inclusion(other, 77, SIZE, path, root) for (other,) in _flipped((leaves[77],)))


def _flipped(hashes: tuple[bytes, ...]) -> Iterator[tuple[bytes, ...]]:
    """One bit of one byte is another."""
    content = b"".join(hashes)
    for at in range(len(content)):
        other = bytearray(content)
        other[at] ^= BITS[at % 2]
        yield tuple(bytes(other[start : start + 32]) for start in range(0, len(other), 32))


def test_a_checkpoint_s_text_has_no_second_form() -> None:
    """Any other byte in the text alone is another checkpoint, or none."""
    whole = Checkpoint.of(TEXT)
    for other in changed(TEXT.encode()):
        try:
            found = Checkpoint.of(Note.parse(other + b"\n" + b"\xe2\x80\x94 a AAAAAAA=\n").text)
        except Malformed:
            continue
        assert found != whole
