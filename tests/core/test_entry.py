"""Log entries: one canonical leaf for the same facts."""

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.entry import KINDS, VERSION, entry, said
from gateway.core.names import Micros
from tests.core.making import NOW

KEYS = st.sampled_from(["message_id", "sender", "recipient", "type", "digest_in", "removed", "faults", "more"])
VALUES = st.text() | st.integers() | st.lists(st.text(), max_size=3) | st.none() | st.booleans()
FACTS = st.dictionaries(KEYS, VALUES)


@given(FACTS)
def test_leaf_is_canonical(facts: dict[str, object]) -> None:
    """Sorted keys, no white space, UTF-8: the same facts in any order are the same bytes."""
    there = entry("accepted", NOW, b"n", **facts)
    back = entry("accepted", NOW, b"n", **dict(reversed(facts.items())))

    again = json.dumps(json.loads(there.body), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert there == back
    assert again.encode() == there.body


@given(FACTS)
def test_empty_facts_are_left_out(facts: dict[str, object]) -> None:
    """Every fact that says something is in the leaf, and no other."""
    leaf = json.loads(entry("accepted", NOW, b"nonce", **facts).body)

    said = {key: value for key, value in facts.items() if value}
    assert leaf == {"v": VERSION, "kind": "accepted", "at": NOW, "nonce": b"nonce".hex(), **said}


def test_bytes_are_hex_and_text_is_text() -> None:
    """Digests are hex at the edge; names stay readable."""
    body = entry("refused", Micros(1), b"\x00\xff", digest_in=b"\x01\x02", sender="Кому", more=0, late=False).body

    assert body == '{"at":1,"digest_in":"0102","kind":"refused","nonce":"00ff","sender":"Кому","v":1}'.encode()


def test_leaf_is_hashed_as_rfc_6962_says() -> None:
    """SHA-256 of 0x00 and the leaf; another nonce makes another hash for the same event."""
    one, two = (entry("ping", NOW, nonce, message_id="m@x") for nonce in (b"1", b"2"))

    assert one.hash == sha256(b"\x00" + one.body).digest()
    assert one.hash != two.hash
    assert (one.kind, one.at, one.message_id) == ("ping", NOW, "m@x")


def test_event_without_a_message_has_no_message_id() -> None:
    """Starting and stopping are events too."""
    assert entry("started", NOW, b"n").message_id == ""


def test_every_kind_has_a_meaning() -> None:
    """The table that the documentation shows says something of each kind."""
    assert [kind for kind, meaning in KINDS.items() if not meaning.strip()] == []


@pytest.mark.parametrize("body", [b"\xff", b"[" * 100_000, b"[]", b"1", b"{", b""])
def test_bytes_that_are_no_leaf_say_nothing(body: bytes) -> None:
    """Whoever audits a log goes on to the next one."""
    assert said(body) == {}
