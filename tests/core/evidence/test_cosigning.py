"""What a witness's answer says: the table, and that nothing but its own cosignature is one."""

import pytest

from gateway.core.evidence.cosigning import Heard, Said, hear
from gateway.core.evidence.note import CosignSigner
from tests.core.evidence.logs import KEY, OTHER, Log

HEAD = Log().grown(9).head(9)
WITNESS = CosignSigner("w.example/witness", OTHER)
SIGNED = WITNESS.sign(HEAD.text(), 1_800_000_000)
LINE = SIGNED.line().encode()
STRANGER = CosignSigner("s.example/witness", KEY).sign(HEAD.text(), 1).line().encode()
IMPOSTOR = CosignSigner("w.example/witness", KEY).sign(HEAD.text(), 1).line().encode()
OTHER_HEAD = WITNESS.sign(Log().grown(8).head(8).text(), 1).line().encode()


@pytest.mark.parametrize(
    ("status", "body", "heard"),
    [
        (200, LINE, Heard(Said.COSIGNED, 9, SIGNED)),
        (200, STRANGER + LINE, Heard(Said.COSIGNED, 9, SIGNED)),
        (200, STRANGER, Heard(Said.NOTHING)),
        (200, IMPOSTOR, Heard(Said.NOTHING)),
        (200, OTHER_HEAD, Heard(Said.NOTHING)),
        (200, b"x\n\n" + LINE, Heard(Said.NOTHING)),
        (200, b"", Heard(Said.NOTHING)),
        (409, b"4\n", Heard(Said.OUTDATED, 4)),
        (409, b"0\n", Heard(Said.OUTDATED, 0)),
        (409, b"9\n", Heard(Said.OUTDATED, 9)),
        (409, b"10\n", Heard(Said.ROLLED_BACK, 10)),
        (409, b"7\n", Heard(Said.NOTHING)),  # what we said ourselves
        (409, b"", Heard(Said.NOTHING)),
        (409, b"-4\n", Heard(Said.NOTHING)),
        (409, b"9" * 21, Heard(Said.NOTHING)),
        (422, b"", Heard(Said.INCONSISTENT, 7)),
        (400, b"", Heard(Said.REFUSED)),
        (403, b"", Heard(Said.REFUSED)),
        (404, b"", Heard(Said.REFUSED)),
        (503, b"", Heard(Said.NOTHING)),
        (302, b"", Heard(Said.NOTHING)),
    ],
)
def test_the_table(status: int, body: bytes, heard: Heard) -> None:
    """One row for each answer to a tree of 9 that was offered as grown from one of 7."""
    assert hear(status, body, (7, HEAD), WITNESS.verifier) == heard


def test_a_conflict_about_the_very_size_is_a_fork() -> None:
    """The witness has another root of it; a larger one is a tree that we have no more."""
    assert hear(409, b"9\n", (9, HEAD), WITNESS.verifier) == Heard(Said.FORKED, 9)
    assert hear(409, b"10\n", (9, HEAD), WITNESS.verifier) == Heard(Said.ROLLED_BACK, 10)
