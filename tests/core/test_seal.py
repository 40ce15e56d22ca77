"""The whole unit of one acceptance: parts packed once, digests taken, one log entry for each message."""

import gzip
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.core import manifest
from gateway.core.agreement import ANY
from gateway.core.message import Redacted, Sealed, payload
from gateway.core.names import SECOND, MessageId, Micros, SystemId
from gateway.core.seal import seal
from tests.core.making import BY, NOW, RU, Gateway, arrived, header, posted, prepared, sample

PLAIN = sample("TransitReleaseNotice--road-through-three-states")
STRIPPED = sample("TransitReleaseNotice--drivers-and-a-representative", "restricted")


def sealed(gateway: Gateway, redacted: Redacted) -> Sealed:
    """The unit, with a nonce for each copy."""
    return seal(redacted, gateway.register, NOW, tuple(b"nonce%d" % number for number in range(len(redacted.copies))))


def test_entry_says_what_was_accepted(kz: Gateway) -> None:
    """Ids, parties, agreement, salted digest in, digest out, what was removed; no value of the document."""
    made = sealed(kz, prepared(kz, posted(kz, STRIPPED, conversation_id="c-9", ref_to_message_id="r-1@x")))

    (message,) = made.messages
    leaf = json.loads(message.entry.body)
    assert leaf == {
        "v": 1,
        "kind": "accepted",
        "at": NOW,
        "nonce": b"nonce0".hex(),
        "message_id": message.header.message_id,
        "conversation_id": "c-9",
        "ref_to_message_id": "r-1@x",
        "sender": "KZ.KGD",
        "recipient": "BY.GTK",
        "system": "national",
        "agreement": "eurasec-customs:1.0",
        "type": "TransitReleaseNotice",
        "version": "1.0",
        "purpose": "customs",
        "key": kz.register.keys[0].id,
        "digest_in": made.known.received.hex(),
        "digest_out": message.parts[0].digest.hex(),
        "attachments": [message.parts[1].digest.hex()],
        "removed": [{"rule": one.rule, "path": one.path, "count": one.count} for one in message.removed],
        "redaction": manifest.facts(message.redaction),
        "controls": ["EA-2.3", "EA-3.5", "EA-4.3", "EA-2.2"],
    }
    assert leaf["redaction"]["units"] == json.loads(gzip.decompress(message.parts[1].packed))["removed"]
    assert message.digest_out == message.parts[0].digest
    assert message.digest_in == made.known.received


def test_plain_digest_of_a_stripped_document_is_nowhere(kz: Gateway) -> None:
    """Nobody who holds the rest can test guesses of what was removed (redaction.md, the oracle)."""
    made = sealed(kz, prepared(kz, posted(kz, STRIPPED)))

    plain = made.known.unpacked.payloads[0].digest
    assert plain.hex().encode() not in made.messages[0].entry.body
    assert plain not in (made.messages[0].digest_in, made.messages[0].digest_out)


@pytest.mark.parametrize("hidden", ["", "<!-- x -->", "<?x y?>"])
def test_entry_says_what_parsing_dropped(hidden: str, kz: Gateway) -> None:
    """Comments and processing instructions are gone before anything is hashed but the salted digest in."""
    body = PLAIN + hidden.encode()

    (message,) = sealed(kz, prepared(kz, posted(kz, body))).messages

    leaf = json.loads(message.entry.body)
    assert leaf.get("dropped", "") == ("comments and processing instructions" if hidden else "")
    assert "redaction" not in leaf


def test_unstripped_message_names_no_stripping(kz: Gateway) -> None:
    """EA-2.2 is claimed only where something was removed."""
    (message,) = sealed(kz, prepared(kz, posted(kz, PLAIN))).messages

    leaf = json.loads(message.entry.body)
    assert ("removed" in leaf, leaf["controls"]) == (False, ["EA-2.3", "EA-3.5", "EA-4.3"])


def test_parts_hold_the_redacted_content(kz: Gateway) -> None:
    """Each part is gzip of its payload, with that payload's digest and size; the first is the document."""
    picture = payload("p@x", "image/jpeg", b"jpeg", "a.jpg")
    body = sample("DocumentVerificationResponse--confirmed")
    redacted = prepared(kz, posted(kz, body, attachments=(picture,)))

    (message,) = sealed(kz, redacted).messages

    assert [(gzip.decompress(part.packed), part.size, part.name) for part in message.parts] == [
        (body, len(body), ""),
        (b"jpeg", 4, "a.jpg"),
    ]
    assert json.loads(message.entry.body)["attachments"] == [picture.digest.hex()]


def test_recipients_share_packed_parts(kz: Gateway) -> None:
    """What is equal for two recipients is packed and kept once; each has its own header and entry."""
    first, second = sealed(kz, prepared(kz, posted(kz, PLAIN, to=(BY, RU)))).messages

    assert first.parts[0] is second.parts[0]
    assert (first.header.recipient, second.header.recipient) == (BY, RU)
    assert first.entry.hash != second.entry.hash


def test_each_copy_needs_its_nonce(kz: Gateway) -> None:
    """A missing nonce is a bug, not a weaker entry."""
    with pytest.raises(ValueError, match="zip"):
        seal(prepared(kz, posted(kz, PLAIN)), kz.register, NOW, ())


def test_partner_s_message_is_kept_as_it_came(by: Gateway) -> None:
    """Received, not accepted; the gzip bytes are the partner's; the system is the one whose inbox it is for."""
    redacted = prepared(by, arrived(by, PLAIN, header()))

    made = sealed(by, redacted)

    (message,) = made.messages
    assert (message.entry.kind, message.system, made.push_until) == ("received", SystemId("national"), None)
    assert message.parts[0].packed == made.known.unpacked.payloads[0].packed


@pytest.mark.parametrize(("webhook", "receives", "push"), [("https://x.example/", ANY, True), ("", ANY, False)])
def test_message_is_pushed_where_its_system_has_a_webhook(
    webhook: str, receives: str, *, push: bool, by: Gateway
) -> None:
    """Only what came from a partner, and only then; as long as the agreement gives a delivery, from now on."""
    (system,) = by.register.systems.values()
    changed = replace(system, webhook=webhook, receives=frozenset({receives}))
    gateway = Gateway(replace(by.register, systems={system.id: changed}), by.token)

    life = by.kind("TransitReleaseNotice").deliver_within // timedelta(microseconds=1)
    stated = header(deadline=Micros(NOW + 60 * SECOND))
    assert life != 60 * SECOND

    assert sealed(gateway, prepared(gateway, arrived(by, PLAIN, stated))).push_until == (NOW + life if push else None)
    assert sealed(gateway, prepared(gateway, posted(gateway, PLAIN, to=(RU,)))).push_until is None


def test_message_that_no_system_receives_waits_under_no_name(by: Gateway) -> None:
    """The configuration's check forbids it; a message that is here all the same is not lost."""
    gateway = Gateway(replace(by.register, systems={}), by.token)

    made = sealed(gateway, prepared(gateway, arrived(by, PLAIN, header(message_id=MessageId("m-2@x")))))

    assert (made.messages[0].system, made.push_until) == (SystemId(""), None)
