"""The manifest goes with a stripped document, fits it and no other one, and is checked on arrival."""

import json
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from gateway.core import commit, manifest
from gateway.core.commit import MisfitError
from gateway.core.errors import ErrorCode
from gateway.core.message import Copy, Payload, payload
from gateway.core.names import MessageId
from tests.core.making import (
    BY,
    KZ,
    RU,
    Gateway,
    arrived,
    codes,
    header,
    posted,
    prepared,
    refusal,
    sample,
    validated,
)
from tests.core.probe import NAMESPACE, note

STRIPPED = sample("TransitReleaseNotice--drivers-and-a-representative", "restricted")
MOST_SECONDS = 40  # of CPU on a machine that others use, too
PLAIN = sample("TransitReleaseNotice--road-through-three-states")


def copy(gateway: Gateway, body: bytes = STRIPPED, **stated: Any) -> Copy:
    """The one copy of a posted document."""
    (found,) = prepared(gateway, posted(gateway, body, **stated)).copies
    return found


def read(one: Copy) -> manifest.Manifest:
    """Its manifest."""
    return manifest.read(one.payloads[-1].content)


def test_manifest_goes_behind_the_attachments(kz: Gateway) -> None:
    """With its own media type, canonical, and only where something was removed."""
    picture = payload("p@x", "image/jpeg", b"jpeg")
    body = sample("DocumentVerificationResponse--official-who-answered", "restricted")
    one = copy(kz, body, attachments=(picture,))

    assert [each.media_type for each in one.payloads] == ["application/xml", "image/jpeg", manifest.MEDIA_TYPE]
    assert manifest.canonical(json.loads(one.payloads[-1].content)) == one.payloads[-1].content
    assert one.redaction is not None
    assert one.redaction.manifest == one.payloads[-1].digest
    assert copy(kz, PLAIN).redaction is None
    assert len(copy(kz, PLAIN).payloads) == 1


def test_manifest_lists_every_removed_unit_with_its_rules(kz: Gateway) -> None:
    """Place, rule, class and commitment of each outermost unit, and all that its fields were hit by."""
    one = copy(kz)
    listed = read(one).content

    assert {key: listed[key] for key in ("v", "by", "agreement", "key")} == {
        "v": 1,
        "by": "KZ.KGD",
        "agreement": "eurasec-customs:1.0",
        "key": kz.register.keys[0].id,
    }
    counts: dict[tuple[str, str], int] = {}
    for unit in listed["removed"]:
        assert unit["hits"][0]["path"].startswith(unit["path"])
        assert unit["rule"] in {hit["rule"] for hit in unit["hits"]}
        for hit in unit["hits"]:
            key = hit["rule"], hit["path"]
            counts[key] = counts.get(key, 0) + hit["count"]
    assert counts == {(each.rule, each.path): each.count for each in one.removed}
    driver = next(unit for unit in listed["removed"] if unit["rule"] == "driver")
    assert driver["path"] == "/trn:TransitReleaseNotice/cacdo:CarrierDetails/cacdo:DriverDetails"
    assert driver["class"] == "personal-data"


def test_document_and_manifest_give_the_committed_digest(kz: Gateway) -> None:
    """Anybody can check it; the original and the salts give the same."""
    one = copy(kz)
    found = read(one)
    document = etree.fromstring(one.payloads[0].content)
    before = etree.tostring(document)

    assert manifest.fits(found, document)
    assert etree.tostring(document) == before
    assert one.redaction is not None
    assert commit.committed_of_original(etree.fromstring(STRIPPED), found.marks) == one.redaction.committed


def test_salts_open_the_commitments(kz: Gateway) -> None:
    """What the producer can compute from its document and the salts is what is committed to."""
    redacted = prepared(kz, posted(kz, STRIPPED))
    (one,) = redacted.copies
    assert one.redaction is not None
    tree = commit.Tree(etree.fromstring(STRIPPED))
    marks = [unit.mark for unit in one.redaction.units]
    gone = {tree.at(mark.place) for mark in marks if not mark.attribute}

    for unit in one.redaction.units:
        salt = redacted.validated.screened.known.salts.salt(unit.ordinal)
        element, mark = tree.at(unit.mark.place), unit.mark
        assert commit.opening(tree, element, mark.attribute, mark.rule, gone).commitment(salt) == mark.commitment


def test_copies_of_unlike_laws_share_no_salt_and_no_commitment(by: Gateway) -> None:
    """A proof made from one copy tells nothing about the other, and nobody sees that two copies are of one original."""
    redacted = prepared(by, posted(by, STRIPPED, to=(RU, KZ), message_id=MessageId("m@x")))
    one, other = (each.redaction for each in redacted.copies)
    assert one is not None
    assert other is not None

    ordinals = [unit.ordinal for redaction in (one, other) for unit in redaction.units]
    commitments = [unit.mark.commitment for redaction in (one, other) for unit in redaction.units]
    assert ordinals == list(range(1, len(ordinals) + 1))
    assert len(set(commitments)) == len(commitments)
    assert [unit.mark.place for unit in one.units] == [unit.mark.place for unit in other.units]
    assert one.committed != other.committed
    for each in redacted.copies:
        assert "ordinal" not in str(read(each).content)


def test_recipients_under_one_law_get_one_manifest(kz: Gateway) -> None:
    """Made once, kept once."""
    first, second = prepared(kz, posted(kz, STRIPPED, to=(BY, RU))).copies

    assert first.payloads[1] is second.payloads[1]


def test_equal_values_have_unlike_commitments(probe: Gateway) -> None:
    """The same field twice: nobody sees that it is the same value."""
    one = copy(probe, note("<p:Text>a<p:Name>b</p:Name>c<p:Name>b</p:Name></p:Text>"), to=(BY,), purpose="customs")

    assert one.redaction is not None
    assert len({unit.mark.commitment for unit in one.redaction.units}) == 2


def arriving(by: Gateway, one: Copy, **changes: Payload) -> Any:
    """The copy as KZ sends it to BY, with some payloads changed."""
    document, *others = one.payloads
    last = changes.get("manifest", others[-1])
    return arrived(by, changes.get("document", document).content, one.header, *others[:-1], last)


def test_manifest_arrives_and_goes_on_as_it_came(kz: Gateway, by: Gateway) -> None:
    """It is no attachment of the agreement, and the receiver, under the same law, strips nothing more."""
    sent = copy(kz)

    (one,) = prepared(by, arriving(by, sent)).copies

    assert (one.removed, one.redaction) == ((), None)
    assert [each.content for each in one.payloads] == [each.content for each in sent.payloads]


def changed(one: Copy, **content: object) -> Payload:
    """The copy's manifest with other content."""
    body = manifest.canonical({**read(one).content, **content})
    return payload("m@x", manifest.MEDIA_TYPE, body)


def _units(one: Copy, **change: object) -> list[dict[str, Any]]:
    first, *rest = read(one).content["removed"]
    return [{**first, **change}, *rest]


FORGED = {
    "committed": lambda one: changed(one, committed="0" * 64),
    "no digest": lambda one: changed(one, committed=""),
    "by another": lambda one: changed(one, by="RU.FTS"),
    "a lost unit": lambda one: changed(one, removed=read(one).content["removed"][1:]),
    "order": lambda one: changed(one, removed=read(one).content["removed"][::-1]),
    "another rule": lambda one: changed(one, removed=_units(one, rule="other")),
    "another commitment": lambda one: changed(one, removed=_units(one, c="1" * 64)),
    "another offset": lambda one: changed(one, removed=_units(one, offset=1)),
    "no such place": lambda one: changed(one, removed=_units(one, place="/77/1")),
    "not canonical": lambda one: payload("m@x", manifest.MEDIA_TYPE, one.payloads[-1].content + b" "),
    "not JSON": lambda _: payload("m@x", manifest.MEDIA_TYPE, b"{"),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_manifest_that_does_not_fit_is_refused(forge: Any, kz: Gateway, by: Gateway) -> None:
    """Control: the one that was sent is taken."""
    one = copy(kz)

    found = refusal(by, arriving(by, one, manifest=forge(one)))

    assert codes(found.faults) == ["MANIFEST_MISMATCH"]
    assert prepared(by, arriving(by, one))


def test_document_that_was_changed_on_the_way_is_refused(kz: Gateway, by: Gateway) -> None:
    """Valid as it may be."""
    one = copy(kz)
    other = payload("", "application/xml", one.payloads[0].content.replace(b"2026-04-14<", b"2026-04-15<"))
    assert other.content != one.payloads[0].content

    assert codes(refusal(by, arriving(by, one, document=other)).faults) == ["MANIFEST_MISMATCH"]


def test_second_manifest_is_refused(kz: Gateway, by: Gateway) -> None:
    """One sender strips once."""
    one = copy(kz)
    twice = arrived(by, one.payloads[0].content, one.header, one.payloads[1], changed(one))

    assert codes(refusal(by, twice).faults) == ["MANIFEST_MISMATCH"]


def test_national_system_sends_no_manifest(kz: Gateway) -> None:
    """Manifests are the gateways' own, whatever attachments are agreed."""
    one = copy(kz)
    body = sample("DocumentVerificationResponse--confirmed")
    made = validated(kz, posted(kz, body))
    kinds = replace(made.message_type, attachments=frozenset({manifest.MEDIA_TYPE}))
    agreement = replace(made.agreement, messages={**made.agreement.messages, kinds.root: kinds})
    gateway = Gateway(replace(kz.register, agreements=(agreement,)), kz.token)

    for each in (kz, gateway):
        found = refusal(each, posted(each, body, attachments=(one.payloads[-1],)))
        assert codes(found.faults) == ["ATTACHMENT_NOT_AGREED"]


ROW = {"place": "/1", "offset": 0, "rule": "r", "c": "0" * 64, "path": "/a", "class": "k", "hits": []}
WHOLE: dict[str, Any] = {"v": 1, "by": "X", "agreement": "a:1", "key": "k", "committed": "0" * 64, "removed": [ROW]}
BROKEN = {
    "version": {**WHOLE, "v": 2},
    "unknown key": {**WHOLE, "x": 1},
    "nothing removed": {**WHOLE, "removed": []},
    "removed no list": {**WHOLE, "removed": {"a": 1}},
    "digest no text": {**WHOLE, "committed": 1},
    "digest not hex": {**WHOLE, "committed": "x" * 64},
    "row no object": {**WHOLE, "removed": [1]},
    "row with unknown key": {**WHOLE, "removed": [{**ROW, "value": "x"}]},
    "no place": {**WHOLE, "removed": [{key: value for key, value in ROW.items() if key != "place"}]},
    "place of words": {**WHOLE, "removed": [{**ROW, "place": "/a"}]},
    "place with zero": {**WHOLE, "removed": [{**ROW, "place": "/0"}]},
    "place without root": {**WHOLE, "removed": [{**ROW, "place": "1"}]},
    "rule with space": {**WHOLE, "removed": [{**ROW, "rule": "a b"}]},
    "attribute no name": {**WHOLE, "removed": [{**ROW, "attribute": "a b"}]},
    "commitment too short": {**WHOLE, "removed": [{**ROW, "c": "00"}]},
    "offset no number": {**WHOLE, "removed": [{**ROW, "offset": "1"}]},
    "offset true": {**WHOLE, "removed": [{**ROW, "offset": True}]},
    "offset negative": {**WHOLE, "removed": [{**ROW, "offset": -1}]},
    "list": [WHOLE],
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_malformed_manifest_is_a_misfit(content: object) -> None:
    """Control: the whole one is read."""
    with pytest.raises(MisfitError):
        manifest.read(manifest.canonical(content))
    assert manifest.read(manifest.canonical(WHOLE)).marks[0].place == "/1"


@pytest.mark.parametrize("body", [b"", b"\xff", b"[" * 100_000, b'{"a":"\\ud800"}', b'{"v":1,"v":1}'])
def test_bytes_that_are_no_manifest_are_a_misfit(body: bytes) -> None:
    """Whatever a partner sends under the media type."""
    with pytest.raises(MisfitError):
        manifest.read(body)


def lax(gateway: Gateway, *rules: str) -> Gateway:
    """The gateway without some rules: a partner whose law knows less."""
    agreement = next(each for each in gateway.register.agreements if each.id == "eurasec-customs")
    messages = {
        root: replace(kind, restrictions=tuple(rule for rule in kind.restrictions if rule.id not in rules))
        for root, kind in agreement.messages.items()
    }
    return Gateway(replace(gateway.register, agreements=(replace(agreement, messages=messages),)), gateway.token)


def test_what_is_stripped_on_arrival_has_a_manifest_of_its_own(kz: Gateway, by: Gateway) -> None:
    """Beside the sender's, which goes on without its committed digest: that would confirm guesses (the oracle)."""
    sent = copy(lax(kz, "driver", "person-name"))
    assert sent.redaction is not None

    (one,) = prepared(by, arriving(by, sent)).copies

    assert one.redaction is not None
    document, theirs, own = one.payloads
    earlier = manifest.read(theirs.content)
    assert manifest.fits(manifest.read(own.content), etree.fromstring(document.content))
    assert manifest.read(own.content).content["by"] == "BY.GTK"
    assert (earlier.committed, earlier.marks) == (b"", tuple(unit.mark for unit in sent.redaction.units))
    seen = b"".join(each.content for each in one.payloads) + one.redaction.earlier
    assert sent.redaction.committed.hex().encode() not in seen
    for digest in (sent.redaction.manifest, sent.payloads[0].digest):
        assert digest.hex().encode() not in seen
        assert digest not in seen
    assert len(one.redaction.earlier) == 32
    assert theirs.cid == sent.payloads[1].cid


def test_document_that_canonical_xml_does_not_define_is_refused_where_it_must_be_stripped(probe: Gateway) -> None:
    """A relative URI as a namespace name; control: it goes on where nothing is removed."""
    relative, item = ' xmlns:x="relative"', "<p:Item>1</p:Item>"
    for inside in (item, ""):
        body = note(inside).replace(b"<p:Id", b"<p:Id" + relative.encode())
        received = posted(probe, body, to=(BY,), purpose="customs")
        if inside:
            assert codes(refusal(probe, received).faults) == ["NOT_CANONICAL"]
        else:
            assert prepared(probe, received).copies[0].removed == ()


def test_reserved_namespace_is_refused_on_both_edges(kz: Gateway, by: Gateway) -> None:
    """Before anything else looks at the document."""
    body = PLAIN.replace(
        b"<trn:TransitReleaseNotice ", f'<trn:TransitReleaseNotice xmlns:q="{commit.NAMESPACE}" '.encode()
    )
    assert body != PLAIN

    for found in (refusal(kz, posted(kz, body)), refusal(by, arrived(by, body, header()))):
        (fault,) = found.faults
        assert (fault.code, fault.path) == (ErrorCode.RESERVED_NAMESPACE, "/trn:TransitReleaseNotice")
        assert found.about.message_id


def test_attribute_units_stand_in_an_attribute(probe: Gateway) -> None:
    """The owner stays, and its text with it."""
    one = copy(probe, note("<p:Coded agency='1' list='2'>x</p:Coded>"), to=(BY,), purpose="customs")

    (unit,) = read(one).content["removed"]
    assert (unit["attribute"], unit["place"], unit["path"]) == ("list", "/2", "/p:Note/p:Coded/@list")
    assert manifest.fits(read(one), etree.fromstring(one.payloads[0].content))
    assert NAMESPACE.encode() in one.payloads[0].content
    assert commit.NAMESPACE.encode() not in one.payloads[0].content
