"""Void numbers are taken from the partner's signed note alone, and only where it is meant for us."""

import pytest

from gateway.core.evidence.note import Malformed, NoteSigner
from gateway.core.evidence.voids import MOST, Void, opened, text
from gateway.core.names import SECOND, Micros
from tests.core.evidence.logs import KEY
from tests.core.evidence.logs import OTHER as OTHER_KEY

US, THEM = "kz.example/log", "by.example/log"
SIGNER, OTHER = NoteSigner(THEM, KEY), NoteSigner(THEM, OTHER_KEY)
VOIDS = (Void(3, "dropped", Micros(5 * SECOND)), Void(7, "expired", Micros(9 * SECOND)))


def note(*lines: str, signer: NoteSigner = SIGNER) -> bytes:
    """Those lines, signed."""
    return signer.note("".join(f"{line}\n" for line in lines)).bytes()


def test_what_is_told_is_heard() -> None:
    """Number, why and when, in order."""
    assert opened(SIGNER.note(text(THEM, US, VOIDS)).bytes(), SIGNER.verifier, US) == VOIDS


@pytest.mark.parametrize(
    "content",
    [
        b"no note",
        OTHER.note(text(THEM, US, VOIDS)).bytes(),
        note(THEM, "void/v1", "ru.example/log", "3 dropped 5"),
        note(US, "void/v1", US, "3 dropped 5"),
        note(THEM, "reconciliation/v1", US, "3 dropped 5"),
        note(THEM, "void/v1", US),
        note(THEM, "void/v1", US, "3 dropped"),
        note(THEM, "void/v1", US, "03 dropped 5"),
        note(THEM, "void/v1", US, *(f"{number} dropped 5" for number in range(1, MOST + 2))),
    ],
    ids=[
        "no note", "another key", "to another", "from another", "another kind", "nothing", "no time", "no number",
        "too many",
    ],
)  # fmt: skip
def test_anything_else_is_malformed(content: bytes) -> None:
    """Nothing of it counts."""
    with pytest.raises(Malformed):
        opened(content, SIGNER.verifier, US)
