"""Signed notes and keys (C2SP signed-note, tlog-cosignature): what is read is exactly what is written, and nothing else."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.evidence.note import (
    LARGEST,
    MOST_SIGNATURES,
    CosignSigner,
    Kind,
    Malformed,
    Note,
    NoteSigner,
    Signature,
    Verifier,
    cosigned_at,
    lines,
)
from tests.core.evidence.signing import LOG, OTHER, SECONDS, TEXT, WITNESS, cosigned

# The example key and note of Go's package, as its documentation prints them.
PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
WHOLE = cosigned().bytes().decode()
KEY = str(LOG.verifier)
SOME = base64.b64encode(bytes(68)).decode()

NOTES = {
    "nothing": "",
    "no signatures": TEXT,
    "no signatures after the empty line": TEXT + "\n",
    "no empty line": TEXT + WHOLE.partition("\n\n")[2],
    "no text": "\n\n" + WHOLE.partition("\n\n")[2],
    "no end of the last line": WHOLE[:-1],
    "a line of something else": WHOLE + "signed\n",
    "a hyphen for the dash": WHOLE.replace("—", "-"),
    "no space after the dash": WHOLE.replace("— ", "—"),
    "two spaces": WHOLE.replace("— kz.example/log ", "— kz.example/log  "),
    "no name": WHOLE.replace("— kz.example/log ", "— "),
    "a plus in a name": WHOLE.replace("kz.example/log ", "kz+example/log "),
    "a no-break space in a name": WHOLE.replace("kz.example/log ", "kz\u00a0example/log "),
    "a carriage return": WHOLE.replace("\n", "\r\n"),
    "a tab": WHOLE.replace("12", "\t12", 1),
    "NUL": WHOLE.replace("12", "12\0", 1),
    "base64 that is none": f"{TEXT}\n— a !{SOME}\n",
    "base64 with white space": f"{TEXT}\n— a {SOME} \n",
    "base64 without its padding": f"{TEXT}\n— a {SOME.rstrip('=')}\n",
    "base64 with bits in its padding": f"{TEXT}\n— a {SOME.replace('A=', 'B=')}\n",
    "base64 for URLs": f"{TEXT}\n— a {base64.urlsafe_b64encode(bytes([255]) * 68).decode()}\n",
    "a key id and no signature": f"{TEXT}\n— a {base64.b64encode(bytes(4)).decode()}\n",
    "too many signatures": TEXT + "\n" + f"— a {SOME}\n" * (MOST_SIGNATURES + 1),
    "too many bytes": "a" * LARGEST + WHOLE,
    "a byte order mark in a signature line": WHOLE.replace("— kz", "\ufeff— kz"),
}
KEYS = {
    "nothing": "",
    "a name": "kz.example/log",
    "no key": KEY.rpartition("+")[0],
    "an empty key": KEY.rpartition("+")[0] + "+",
    "no key id": KEY.partition("+")[0] + "+" + KEY.rpartition("+")[2],
    "another key id": KEY.replace(LOG.verifier.key_id.hex(), "00000000"),
    "a key id in capitals": KEY.replace(LOG.verifier.key_id.hex(), LOG.verifier.key_id.hex().upper()),
    "a key id of another length": KEY.replace(LOG.verifier.key_id.hex(), LOG.verifier.key_id.hex() + "00"),
    "another name": KEY.replace("kz", "by"),
    "no name": KEY.removeprefix("kz.example/log"),
    "a space in the name": KEY.replace("/log", " log"),
    "a line feed at the end": KEY + "\n",
    "base64 that is none": KEY[:-1] + "!",
    "a type that is unknown": str(LOG.verifier).replace("+AY", "+Ao"),
    "a key that is too short": "a+00000000+" + base64.b64encode(bytes([1]) * 32).decode(),
    "a key that is too long": "a+00000000+" + base64.b64encode(bytes([1]) * 34).decode(),
}


@pytest.mark.parametrize("note", NOTES.values(), ids=NOTES)
def test_malformed_note_is_refused(note: str) -> None:
    """Each way to write it wrong."""
    assert note != WHOLE
    with pytest.raises(Malformed):
        Note.parse(note.encode())


@pytest.mark.parametrize("octets", [b"\xff", b"\xc0\x80", "\udc80".encode("utf-8", "surrogatepass")])
def test_note_that_is_not_utf_8_is_refused(octets: bytes) -> None:
    """A lone byte, an overlong form, a surrogate."""
    with pytest.raises(Malformed, match="UTF-8"):
        Note.parse(octets + WHOLE.encode())


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_malformed_key_is_refused(key: str) -> None:
    """Each way to write it wrong."""
    assert key != KEY
    with pytest.raises(Malformed):
        Verifier.of(key)


def test_published_note_verifies() -> None:
    """The example of the package that the format comes from."""
    verifier, note = Verifier.of(PUBLISHED_KEY), Note.parse(PUBLISHED_NOTE.encode())

    assert verifier.kind is Kind.NOTE
    assert verifier.signature_of(note) == note.signatures[0]
    assert verifier.signature_of(Note.parse(PUBLISHED_NOTE.replace("your", "their", 1).encode())) is None


@pytest.mark.parametrize("signer", [LOG, WITNESS], ids=["log", "witness"])
def test_key_is_what_its_text_says(signer: NoteSigner | CosignSigner) -> None:
    """Written and read again; name, id and type stand in it."""
    verifier = signer.verifier

    assert Verifier.of(str(verifier)) == verifier
    assert str(verifier).split("+")[:2] == [signer.name, verifier.key_id.hex()]


def test_key_ids_bind_name_and_type() -> None:
    """One public key as log and as witness, or under two names, has other ids."""
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))

    ids = {
        NoteSigner("a", key).verifier.key_id,
        CosignSigner("a", key).verifier.key_id,
        NoteSigner("b", key).verifier.key_id,
    }

    assert len(ids) == 3


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n"), max_size=200),
    st.lists(st.binary(min_size=1, max_size=80), min_size=1, max_size=5),
)
def test_every_note_survives_its_bytes(text: str, blobs: list[bytes]) -> None:
    """Any text, empty lines included; any signatures, of unknown types, too."""
    note = Note(text.rstrip("\n") + "x\n", tuple(Signature("näme", bytes(4), blob) for blob in blobs))

    assert Note.parse(note.bytes()) == note


@given(st.binary(max_size=300))
def test_octets_are_a_note_or_malformed(content: bytes) -> None:
    """Nothing else is raised; what is read is written again byte for byte."""
    for each in (content, TEXT.encode() + b"\n" + content, WHOLE.encode().replace(b"12", content)):
        try:
            note = Note.parse(each)
        except Malformed:
            continue
        assert note.bytes() == each


@given(st.text(max_size=80))
def test_text_is_a_key_or_malformed(text: str) -> None:
    """Nothing else is raised."""
    with pytest.raises(Malformed):
        Verifier.of(text)


def test_text_ends_at_the_last_empty_line() -> None:
    """A text may look like a note itself: what is signed is all of it."""
    outer = LOG.note(WHOLE)

    assert Note.parse(outer.bytes()).text == WHOLE
    assert LOG.verifier.signature_of(Note.parse(outer.bytes())) is not None


def test_signatures_are_verified_each_by_its_key() -> None:
    """The log's, and both witnesses' with their times."""
    note = cosigned()

    assert LOG.verifier.signature_of(note) == note.signatures[0]
    for witness, seconds in ((WITNESS, SECONDS), (OTHER, SECONDS + 1)):
        found = witness.verifier.signature_of(note)
        assert found is not None
        assert cosigned_at(found) == seconds
    assert lines(note.signatures) == WHOLE.partition("\n\n")[2]


def test_signature_of_one_type_is_none_of_the_other() -> None:
    """The same key under the same name as log and as witness: neither signature counts for the other."""
    log, witness = NoteSigner("a", LOG.key), CosignSigner("a", LOG.key)
    signed, seen = log.sign(TEXT), witness.sign(TEXT, SECONDS)

    as_witness = Signature("a", witness.verifier.key_id, seen.blob[:8] + signed.blob)
    as_log = Signature("a", log.verifier.key_id, seen.blob[8:])

    assert not witness.verifier.verified(TEXT, as_witness)
    assert not log.verifier.verified(TEXT, as_log)
    assert not log.verifier.verified(TEXT, seen)


@pytest.mark.parametrize("change", [lambda blob: blob[:-1], lambda blob: blob + b"\0", lambda _: b"\0"])
@pytest.mark.parametrize("signer", [LOG, WITNESS], ids=["log", "witness"])
def test_signature_of_another_length_is_none(signer: NoteSigner | CosignSigner, change: object) -> None:
    """A byte more, a byte less, one byte."""
    good = signer.sign(TEXT) if isinstance(signer, NoteSigner) else signer.sign(TEXT, SECONDS)

    assert signer.verifier.verified(TEXT, good)
    assert not signer.verifier.verified(TEXT, Signature(good.name, good.key_id, change(good.blob)))  # type: ignore[operator]


def test_wrong_signature_by_a_known_key_spoils_the_note() -> None:
    """Even where a right one stands beside it, before or after (C2SP signed-note)."""
    right = LOG.sign(TEXT)
    wrong = Signature(right.name, right.key_id, bytes(64))

    assert LOG.verifier.signature_of(Note(TEXT, (right,))) == right
    assert LOG.verifier.signature_of(Note(TEXT, (right, wrong))) is None
    assert LOG.verifier.signature_of(Note(TEXT, (wrong, right))) is None


def test_unknown_signatures_spoil_nothing() -> None:
    """Another name, another key id, an unknown type: they are kept and not believed."""
    strange = (Signature("someone", bytes(4), b"\x07"), Signature(LOG.name, bytes(4), bytes(64)))
    note = LOG.note(TEXT).signed(*strange)

    assert LOG.verifier.signature_of(Note.parse(note.bytes())) == LOG.sign(TEXT)
    assert note.by(LOG.verifier) == LOG.note(TEXT)
    assert WITNESS.verifier.signature_of(note) is None


def test_no_signature_stands_twice() -> None:
    """What is signed again is the same note."""
    assert LOG.note(TEXT).signed(LOG.sign(TEXT)) == LOG.note(TEXT)


def test_key_outside_the_curve_verifies_nothing() -> None:
    """A public key that no private one has."""
    bad = Verifier("a", Kind.NOTE, bytes([2]) + bytes(31))

    assert not bad.verified(TEXT, Signature("a", bad.key_id, bytes(64)))


def test_keys_are_in_no_repr() -> None:
    """A signer in a traceback shows its name alone."""
    assert repr(LOG) == "NoteSigner(name='kz.example/log')"
    assert repr(WITNESS) == "CosignSigner(name='by.example/witness')"
