"""A gzip member is unpacked piece by piece, and refused as soon as it is too large or not one."""

import gzip
import os
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import Rejected
from gateway.core.inflate import PIECE, Inflation


def through(packed: bytes, step: int, allowed: int) -> tuple[Inflation, bytes]:
    """The member fed in steps, to its end."""
    inflation = Inflation(allowed)
    content = b"".join(piece for at in range(0, len(packed), step) for piece in inflation.feed(packed[at : at + step]))
    inflation.finish()
    return inflation, content


@given(st.binary(max_size=2000), st.integers(1, 500))
def test_content_size_and_digest_are_those_of_the_whole(content: bytes, step: int) -> None:
    """However the packed bytes are cut."""
    inflation, found = through(gzip.compress(content), step, len(content))

    assert (found, inflation.size, inflation.digest) == (content, len(content), sha256(content).digest())


@pytest.mark.parametrize("content", [bytes(5 * PIECE + 7), os.urandom(3 * PIECE), bytes(PIECE)])
def test_no_piece_is_larger_than_the_limit_of_one(content: bytes) -> None:
    """A packed byte can hold a thousand: they come out in pieces, all of them."""
    pieces = list(Inflation(len(content)).feed(gzip.compress(content)))

    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= PIECE


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    """One byte more than allowed is enough; the control is allowed that byte."""
    bomb = gzip.compress(bytes(100 * PIECE))
    inflation = Inflation(PIECE)

    with pytest.raises(Rejected, match="EBMS:0303"):
        inflation.swallow(bomb)
    assert inflation.size <= PIECE
    through(bomb, len(bomb), 100 * PIECE)


@pytest.mark.parametrize("more", [b"x", gzip.compress(b"second")])
def test_nothing_may_come_behind_the_member(more: bytes) -> None:
    """Neither with the last bytes nor after them."""
    packed = gzip.compress(b"content")
    for step in (len(packed), len(packed + more)):
        with pytest.raises(Rejected, match="EBMS:0303"):
            through(packed + more, step, 100)
