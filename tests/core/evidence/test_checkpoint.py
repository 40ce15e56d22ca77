"""Checkpoints (C2SP tlog-checkpoint): three lines, one form, and only the log's own key can make them."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.evidence.checkpoint import Checkpoint, opened
from gateway.core.evidence.notary import Notary
from gateway.core.evidence.note import Malformed, NoteSigner
from gateway.core.tree import MOST
from tests.core.evidence.signing import LOG, OTHER, SECONDS, SIZE, TEXT, WITNESS, cosigned

ROOT = TEXT.split("\n")[2]

TEXTS = {
    "nothing": "",
    "no root": f"{LOG.name}\n12\n",
    "an extension line": TEXT + "more\n",
    "no end": TEXT[:-1],
    "no origin": f"\n12\n{ROOT}\n",
    "a space in the origin": f"kz log\n12\n{ROOT}\n",
    "a plus in the origin": f"kz+log\n12\n{ROOT}\n",
    "no size": f"{LOG.name}\n\n{ROOT}\n",
    "a negative size": f"{LOG.name}\n-12\n{ROOT}\n",
    "a size with a plus": f"{LOG.name}\n+12\n{ROOT}\n",
    "a size with leading zero": f"{LOG.name}\n012\n{ROOT}\n",
    "a size with a space": f"{LOG.name}\n 12\n{ROOT}\n",
    "a size with an underscore": f"{LOG.name}\n1_2\n{ROOT}\n",
    "a size in other digits": f"{LOG.name}\n١٢\n{ROOT}\n",
    "a raised size": f"{LOG.name}\n²\n{ROOT}\n",
    "a size in hex": f"{LOG.name}\n0x12\n{ROOT}\n",
    "a size beyond 63 bits": f"{LOG.name}\n{MOST + 1}\n{ROOT}\n",
    "an endless size": f"{LOG.name}\n{'9' * 5000}\n{ROOT}\n",
    "a short root": f"{LOG.name}\n12\n{base64.b64encode(bytes(31)).decode()}\n",
    "a long root": f"{LOG.name}\n12\n{base64.b64encode(bytes(33)).decode()}\n",
    "a root in hex": f"{LOG.name}\n12\n{bytes(32).hex()}\n",
    "a root without padding": f"{LOG.name}\n12\n{ROOT.rstrip('=')}\n",
    "a root with bits in its padding": f"{LOG.name}\n12\n{base64.b64encode(bytes(32)).decode().replace('A=', 'B=')}\n",
    "a root that is no base64": f"{LOG.name}\n12\nä{ROOT[1:]}\n",
    "an empty root": f"{LOG.name}\n12\n\n",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_malformed_checkpoint_is_refused(text: str) -> None:
    """Each way to write it wrong."""
    with pytest.raises(Malformed):
        Checkpoint.of(text)


@given(st.integers(0, MOST), st.binary(min_size=32, max_size=32))
def test_every_checkpoint_survives_its_text(size: int, root: bytes) -> None:
    """Any size that a log can have, the empty tree's included."""
    checkpoint = Checkpoint(LOG.name, size, root)

    assert Checkpoint.of(checkpoint.text()) == checkpoint


@given(st.text(max_size=100))
def test_text_is_a_checkpoint_or_malformed(text: str) -> None:
    """Nothing else is raised; what is read is written again."""
    for each in (text, f"a\n{text}\n{ROOT}\n", f"a\n1\n{text}\n"):
        try:
            found = Checkpoint.of(each)
        except Malformed:
            continue
        assert found.text() == each


def test_checkpoint_opens_with_its_log_s_key() -> None:
    """Cosignatures come along; nobody else's key opens it."""
    found, note = opened(cosigned().bytes(), LOG.verifier)

    assert (found.origin, found.size) == (LOG.name, SIZE)
    assert note == cosigned()
    for key in (WITNESS.verifier, NoteSigner(LOG.name, OTHER.key).verifier, NoteSigner("other", LOG.key).verifier):
        with pytest.raises(Malformed):
            opened(cosigned().bytes(), key)


def test_log_cannot_sign_for_another_origin() -> None:
    """A checkpoint of another log, signed by this log's key, opens for nobody."""
    foreign = LOG.note(Checkpoint("by.example/log", SIZE, bytes(32)).text())

    with pytest.raises(Malformed):
        opened(foreign.bytes(), LOG.verifier)


def test_note_that_is_no_checkpoint_does_not_open() -> None:
    """The log's key signs other notes, too."""
    with pytest.raises(Malformed):
        opened(LOG.note("something else\n").bytes(), LOG.verifier)


def test_notary_signs_under_the_log_s_name() -> None:
    """What it makes opens with the key that partners have."""
    notary = Notary(LOG, WITNESS)

    found, _ = opened(notary.checkpoint(SIZE, bytes(32)), LOG.verifier)

    assert found == Checkpoint(notary.origin, SIZE, bytes(32))
    assert LOG.verifier.signature_of(notary.signed("any text\n")) is not None
    assert WITNESS.verifier.verified(TEXT, notary.witness.sign(TEXT, SECONDS))
