"""Go's sumdb/note agrees: it opens what we sign, and refuses what we refuse."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.evidence.note import Malformed, Note, Verifier
from tests.asking import Asked
from tests.core.evidence.signing import LOG, TEXT, cosigned
from tests.core.evidence.test_note import KEYS, NOTES, PUBLISHED_KEY, PUBLISHED_NOTE

KEY = str(LOG.verifier)
WHOLE = cosigned().bytes()
# What Go lets pass, and we do not: it writes no other form, but reads some.
LENIENT_NOTES = {"base64 with bits in its padding", "too many bytes", "no text"}
LENIENT_KEYS = {"a key id in capitals", "a line feed at the end"}
SIGNED = "".join(each.line() for each in LOG.note(TEXT).signatures).encode()


def test_cosigned_checkpoint_opens(outsider: Asked) -> None:
    """By the log's key; the cosignatures, whose type Go does not know, are no obstacle."""
    found = outsider.ask("open", keys=[KEY], note=WHOLE)

    assert (found["fault"], found["text"], found["signed"]) == ("", TEXT, [LOG.name])


def test_published_note_opens(outsider: Asked) -> None:
    """Control: the package's own example; with another word in it, not."""
    good = outsider.ask("open", keys=[PUBLISHED_KEY], note=PUBLISHED_NOTE.encode())
    bad = outsider.ask("open", keys=[PUBLISHED_KEY], note=PUBLISHED_NOTE.replace("your", "their").encode())

    assert good["fault"] == ""
    assert "invalid signature" in bad["fault"]


@pytest.mark.parametrize("name", NOTES)
def test_malformed_note_is_malformed_for_both(name: str, outsider: Asked) -> None:
    """But for the forms that Go reads and nobody writes."""
    content = NOTES[name].encode()
    if name not in {"no signatures after the empty line", *LENIENT_NOTES} and SIGNED not in content:
        content += SIGNED  # or nobody known signed it, whatever its form
    found = outsider.ask("open", keys=[KEY], note=content)

    assert (found["fault"] == "malformed note") == (name not in LENIENT_NOTES), found


@pytest.mark.parametrize("name", KEYS)
def test_malformed_key_is_malformed_for_both(name: str, outsider: Asked) -> None:
    """But for the forms that Go reads and nobody writes."""
    found = outsider.ask("open", keys=[KEYS[name]], note=WHOLE)

    assert bool(found["fault"]) == (name not in LENIENT_KEYS), found


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255), st.sampled_from(["change", "drop", "insert"]))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_changed_note_opens_for_us_and_not_for_go(outsider: Asked, at: int, by: int, how: str) -> None:
    """Whatever we believe, Go believes."""
    middle = {"change": bytes([WHOLE[at] ^ by]), "drop": b"", "insert": bytes([WHOLE[at] ^ by, WHOLE[at]])}[how]
    content = WHOLE[:at] + middle + WHOLE[at + 1 :]
    found = outsider.ask("open", keys=[KEY], note=content)
    try:
        note = Note.parse(content)
    except Malformed:
        return
    if LOG.verifier.signature_of(note) is not None:
        assert (found["fault"], found["text"]) == ("", note.text)


@given(st.binary(min_size=32, max_size=32), st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_key_that_we_write_go_reads(outsider: Asked, public: bytes, name: str) -> None:
    """Any name without plus: the key id is the same."""
    verifier = Verifier(name.replace("+", "-"), LOG.verifier.kind, public)

    assert outsider.ask("open", keys=[str(verifier)], note=WHOLE)["fault"] == "note has no verifiable signatures"
