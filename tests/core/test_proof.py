"""What a holder proves, everybody can check; what differs by anything is found."""

import json
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest
from lxml import etree

from gateway.api import answers
from gateway.core import manifest, proof
from gateway.core.commit import MisfitError
from gateway.core.message import Redacted
from gateway.core.seal import seal
from tests.core.making import BY, KZ, NOW, RU, Gateway, arrived, posted, prepared, sample
from tests.core.probe import note
from tests.core.test_manifest import lax

STRIPPED = sample("TransitReleaseNotice--drivers-and-a-representative", "restricted")
PLAIN = sample("TransitReleaseNotice--road-through-three-states")


@dataclass(frozen=True)
class Case:
    """One message as its producer and its reader have it."""

    original: bytes
    answer: dict[str, Any]
    delivered: bytes
    manifests: tuple[bytes, ...]
    leaf: dict[str, Any]

    def finding(self, **changes: Any) -> proof.Finding:
        """What verifying finds, with something changed."""
        found = {"original": self.original, "answer": self.answer, "recipient": "", "delivered": self.delivered}
        return proof.verify_original(**{**found, "manifests": self.manifests, **changes})


def case(gateway: Gateway, body: bytes = STRIPPED, **stated: Any) -> Case:
    """A posted document's case."""
    return of(gateway, prepared(gateway, posted(gateway, body, **stated)), body)


def of(gateway: Gateway, redacted: Redacted, body: bytes) -> Case:
    """The case of the first copy."""
    sealed = seal(redacted, gateway.register, NOW, tuple(b"n" for _ in redacted.copies))
    reply = answers.to_producer(sealed.known, answers.accepted(sealed.known, sealed.messages))
    assert isinstance(reply.body, bytes)
    payloads = redacted.copies[0].payloads
    lists = tuple(each.content for each in manifest.of(payloads))
    return Case(body, json.loads(reply.body), payloads[0].content, lists, json.loads(sealed.messages[0].entry.body))


def test_everything_holds_for_what_was_sent(kz: Gateway) -> None:
    """Stripped or not, with comments or not, written in any way."""
    for body in (STRIPPED, PLAIN, PLAIN + b"<!-- x -->", STRIPPED.replace(b"\n", b"\r\n") + b"<?x y?>"):
        finding = case(kz, body).finding()
        assert finding.faults == []
        assert "the delivered document is the original minus exactly the listed parts" in finding.checked


def test_each_removed_unit_can_be_proved(probe: Gateway) -> None:
    """Elements with the white space behind them, mixed content, attributes; against manifest and log entry alike."""
    inside = "<p:Coded agency='1' list='2'/><p:Text>a<p:Name>b</p:Name>c<p:Name>d</p:Name> </p:Text>"
    found = case(probe, note(inside), to=(BY,), purpose="customs")
    message = proof.message_of(found.answer, "BY.GTK")
    units = proof.units(message)
    seen = []

    for number in range(1, len(units) + 1):
        made = json.loads(proof.prove(found.original, message, number))
        for listing in (json.loads(found.manifests[0]), found.leaf):
            finding, content = proof.verify(made, listing)
            assert finding.faults == []
        seen.append(content)

    assert [text.replace(' xmlns:p="urn:probe"', "") for text in seen] == [
        "2",
        "<p:Name>b</p:Name>",
        "<p:Name>d</p:Name>",
    ]


PROOF_CHANGES: dict[str, dict[str, object]] = {
    "content": {"content": "<x></x>"},
    "rule": {"rule": "other"},
    "place": {"place": "/1"},
    "offset": {"offset": 77},
    "attribute": {"attribute": "a"},
    "following": {"following": " x"},
    "salt": {"salt": "00" * 32},
    "commitment": {"c": "00" * 32},
}


@pytest.mark.parametrize("change", PROOF_CHANGES.values(), ids=PROOF_CHANGES.keys())
def test_changed_proof_does_not_hold(change: dict[str, object], kz: Gateway) -> None:
    """In whatever it says; control: the proof as it was made."""
    found = case(kz)
    made = json.loads(proof.prove(found.original, proof.message_of(found.answer, ""), 1))
    listing = json.loads(found.manifests[0])

    assert proof.verify({**made, **change}, listing)[0].faults
    assert proof.verify(made, listing)[0].faults == []


def test_proof_of_a_part_that_is_not_listed_does_not_hold(kz: Gateway) -> None:
    """It opens its own commitment, but nothing was removed under it."""
    found = case(kz)
    made = json.loads(proof.prove(found.original, proof.message_of(found.answer, ""), 1))
    rows = json.loads(found.manifests[0])["removed"]

    for listing in ({"removed": rows[1:]}, {"removed": [{**rows[0], "rule": "other"}]}, {}, {"removed": "x"}):
        finding, _ = proof.verify(made, listing)
        assert (len(finding.checked), len(finding.faults)) == (1, 1)


def changed(found: Case, **values: object) -> dict[str, Any]:
    """The answer with the first unit changed."""
    answer = deepcopy(found.answer)
    answer["messages"][0]["redaction"]["units"][0].update(values)
    return answer


ORIGINAL_CHANGES: dict[str, Any] = {
    "original": lambda c: {"original": c.original.replace(b"2026-04-14<", b"2026-04-15<")},
    "removed value": lambda c: {"original": c.original.replace(b"FullNameDetails>", b"FullNameDetails> ", 1)},
    "delivered": lambda c: {"delivered": c.delivered.replace(b"2026-04-14<", b"2026-04-15<")},
    "delivered spelling": lambda c: {"delivered": c.delivered + b"\n"},
    "delivered rubbish": lambda _: {"delivered": b"<"},
    "no manifest": lambda _: {"manifests": ()},
    "cut manifest": lambda c: {"manifests": (_shorter(c.manifests[0]),)},
    "rubbish": lambda _: {"manifests": (b"{}",)},
    "salt": lambda c: {"answer": changed(c, salt="00" * 32)},
    "commitment": lambda c: {"answer": changed(c, c="00" * 32)},
    "place": lambda c: {"answer": changed(c, place="/99")},
    "root": lambda c: {"answer": changed(c, place="/")},
    "attribute": lambda c: {"answer": changed(c, attribute="none")},
    "committed": lambda c: {"answer": _committed(c)},
}


def _shorter(body: bytes) -> bytes:
    content = json.loads(body)
    return manifest.canonical({**content, "removed": content["removed"][1:]})


def _committed(found: Case) -> dict[str, Any]:
    answer = deepcopy(found.answer)
    answer["messages"][0]["redaction"]["committed"] = "00" * 32
    return answer


@pytest.mark.parametrize("change", ORIGINAL_CHANGES.values(), ids=ORIGINAL_CHANGES.keys())
def test_any_change_is_found(change: Any, kz: Gateway) -> None:
    """Of original, delivered document, manifest or answer; control: unchanged, all holds."""
    found = case(kz)

    assert found.finding(**change(found)).faults
    assert found.finding().faults == []


def test_what_was_removed_on_arrival_is_checked_too(kz: Gateway, by: Gateway) -> None:
    """Original, both lists and the twice stripped document belong together; a part that neither lists is found."""
    sender = lax(kz, "driver", "person-name")
    redacted = prepared(sender, posted(sender, STRIPPED))
    first = of(sender, redacted, STRIPPED)
    document, *others = redacted.copies[0].payloads
    (copy,) = prepared(by, arrived(by, document.content, redacted.copies[0].header, *others)).copies
    lists = tuple(each.content for each in manifest.of(copy.payloads))
    read = {"delivered": copy.payloads[0].content, "manifests": lists}

    assert len(lists) == 2
    assert first.finding(**read).faults == []
    assert first.finding(**{**read, "manifests": lists[:1]}).faults
    forged = json.loads(lists[1])
    forged["removed"][0]["rule"] = "other"
    assert first.finding(**{**read, "manifests": (lists[0], manifest.canonical(forged))}).faults


def test_what_only_the_receiver_removed_is_checked(kz: Gateway, by: Gateway) -> None:
    """Its manifest is the only one then."""
    rules = [rule.id for kind in kz.register.agreements[0].messages.values() for rule in kind.restrictions]
    sender = lax(kz, *rules)
    redacted = prepared(sender, posted(sender, STRIPPED))
    first = of(sender, redacted, STRIPPED)
    (copy,) = prepared(by, arrived(by, redacted.copies[0].payloads[0].content, redacted.copies[0].header)).copies
    (only,) = (each.content for each in manifest.of(copy.payloads))

    assert "redaction" not in first.answer["messages"][0]
    assert first.finding(delivered=copy.payloads[0].content, manifests=(only,)).faults == []
    root = json.loads(only)
    root["removed"][0] = {**root["removed"][0], "place": "/"}
    assert first.finding(delivered=copy.payloads[0].content, manifests=(manifest.canonical(root),)).faults


def test_receiver_s_attributes_are_checked(probe: Gateway) -> None:
    """Removed on arrival, listed at their owner."""
    body = note("<p:Coded agency='1' list='2'/>")
    found = case(probe, body, to=(BY,), purpose="customs")
    bare = deepcopy(found.answer)
    del bare["messages"][0]["redaction"]

    finding = proof.verify_original(body, bare, "", found.delivered, found.manifests)

    assert finding.faults == []


def test_document_and_manifest_are_enough_for_anybody(kz: Gateway) -> None:
    """Without original and salts; a changed document is found."""
    found = case(kz)
    listed = manifest.read(found.manifests[0])

    assert proof.verify_delivered(found.delivered, listed).faults == []
    assert proof.verify_delivered(found.delivered.replace(b"2026-04-14<", b"2026-04-15<"), listed).faults


def test_recipient_is_named_where_there_are_several(kz: Gateway) -> None:
    """Each has a part of the answer of its own."""
    found = case(kz, to=(BY, RU))

    assert proof.message_of(found.answer, RU)["recipient"] == RU
    for recipient in ("", KZ):
        with pytest.raises(MisfitError):
            proof.message_of(found.answer, recipient)


def test_other_files_are_told_apart(kz: Gateway) -> None:
    """From an answer, a proof, an original, the number of a part."""
    found = case(kz)
    message = proof.message_of(found.answer, "")
    made = json.loads(proof.prove(found.original, message, 1))
    wrong: list[Any] = [
        lambda: proof.message_of({}, ""),
        lambda: proof.units({"redaction": []}),
        lambda: proof.units({"redaction": {"units": [{}]}}),
        lambda: proof.prove(found.original, message, 0),
        lambda: proof.prove(found.original, message, 99),
        lambda: proof.prove(found.original.replace(b"FullNameDetails>", b"FullNameDetails> "), message, 1),
        lambda: proof.prove(b"not XML", message, 1),
        lambda: proof.verify({**made, "salt": "x"}, {}),
        lambda: proof.verify({**made, "offset": "1"}, {}),
        lambda: proof.verify({**made, "v": 2}, {}),
        lambda: proof.verify({}, {}),
        lambda: proof.verify_original(b"", {"messages": [{}]}, "", b"", ()),
        lambda: proof.verify_original(b"", {"messages": [{}], "received": {"salt": "x"}}, "", b"", ()),
    ]
    for each in wrong:
        with pytest.raises(MisfitError):
            each()


def test_signature_over_the_whole_is_no_part_of_the_document(kz: Gateway) -> None:
    """The gateway takes it off before it strips: the sender's original still verifies with it."""
    found = case(kz)
    root = etree.fromstring(found.original)
    etree.SubElement(root, "{http://www.w3.org/2000/09/xmldsig#}Signature")
    listed = proof.units(proof.message_of(found.answer, ""))

    with_signature = proof.prove(etree.tostring(root), proof.message_of(found.answer, ""), 1)

    assert with_signature == proof.prove(found.original, proof.message_of(found.answer, ""), 1)
    assert listed
