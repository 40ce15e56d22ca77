"""What a law keeps out is gone, for whom it binds; the rest is untouched and valid."""

import pytest
from lxml import etree

from gateway.core.agreement import Restriction
from gateway.core.errors import ErrorCode
from gateway.core.message import Copy, Redacted, payload
from gateway.core.names import MessageId
from tests.core.making import BY, KZ, RU, Gateway, arrived, header, posted, prepared, refusal, sample
from tests.core.probe import NAMESPACE, note

PLAIN = sample("TransitReleaseNotice--road-through-three-states")
TAX = "<csdo:TaxpayerId>100582333</csdo:TaxpayerId>"
OWNER = "<casdo:CAUniqueCustomsNumberId>BY/1/192846071</casdo:CAUniqueCustomsNumberId>"


def through(probe: Gateway, inside: str) -> Copy:
    """The one copy of a probe message."""
    (copy,) = prepared(probe, posted(probe, note(inside), to=(BY,), purpose="customs")).copies
    return copy


def inside(copy: Copy) -> str:
    """What stands behind the Id in the copy's document."""
    root = etree.fromstring(copy.payloads[0].content)
    parts = [etree.tostring(child, encoding="unicode") for child in root[1:]]
    return "".join(parts).replace(f' xmlns:p="{NAMESPACE}"', "")


def taxed() -> bytes:
    """The sample with a taxpayer number, which only Kazakhstan's law keeps out."""
    body = PLAIN.decode()
    assert OWNER in body
    return body.replace(OWNER, OWNER + TAX).encode()


@pytest.mark.parametrize(
    ("before", "after", "removed"),
    [
        ("<p:Text>a<p:Name>b</p:Name>c</p:Text>", "<p:Text>ac</p:Text>", [("name", "/p:Note/p:Text/p:Name", 1)]),
        ("<p:Text><p:Name>b</p:Name>c</p:Text>", "<p:Text>c</p:Text>", [("name", "/p:Note/p:Text/p:Name", 1)]),
        ("<p:Text>a<p:Name/>b<p:Name/>c</p:Text>", "<p:Text>abc</p:Text>", [("name", "/p:Note/p:Text/p:Name", 2)]),
        (
            "<p:Text>a<p:Kept>b</p:Kept>c<p:Name/>d</p:Text>",
            "<p:Text>a<p:Kept>b</p:Kept>cd</p:Text>",
            [("name", "/p:Note/p:Text/p:Name", 1)],
        ),
        ("<p:Text>a\n <p:Name/>\n b</p:Text>", "<p:Text>a\n \n b</p:Text>", [("name", "/p:Note/p:Text/p:Name", 1)]),
        ("<p:Text>\n <p:Name/>\n</p:Text>", "<p:Text>\n </p:Text>", [("name", "/p:Note/p:Text/p:Name", 1)]),
        ("<p:Code>a</p:Code><p:Sealed number='1'/>", "<p:Code>a</p:Code>", [("number", "/p:Note/p:Sealed/@number", 1)]),
        (
            "<p:Coded agency='1' list='2'/>",
            '<p:Coded agency="1"/>',
            [("agency", "/p:Note/p:Coded/@list", 1)],
        ),
        (
            "<p:Box><p:Inner><p:Secret>s</p:Secret></p:Inner></p:Box>",
            "",
            [("secret", "/p:Note/p:Box/p:Inner/p:Secret", 1)],
        ),
        (
            "<p:Text/><p:Box><p:Inner><p:Secret>s</p:Secret><p:Secret/></p:Inner></p:Box>",
            "<p:Text/>",
            [("secret", "/p:Note/p:Box/p:Inner/p:Secret", 2)],
        ),
    ],
    ids=[
        "mixed",
        "first-in-mixed",
        "two-in-mixed",
        "behind-another",
        "text-behind",
        "white-space-behind",
        "owner",
        "attribute",
        "lifted",
        "two-lifted-to-one",
    ],
)
def test_unit_goes_and_what_stands_around_it_stays(
    before: str, after: str, removed: list[tuple[str, str, int]], probe: Gateway
) -> None:
    """The field, its attribute's owner or its optional ancestor; other text is not lost."""
    copy = through(probe, before)

    assert inside(copy) == after
    assert [(one.rule, one.path, one.count) for one in copy.removed] == removed


def test_rules_that_hit_inside_a_removed_unit_are_counted(kz: Gateway) -> None:
    """A name inside a driver goes with the driver, and both rules say so."""
    body = sample("TransitReleaseNotice--drivers-and-a-representative", "restricted")

    (copy,) = prepared(kz, posted(kz, body)).copies

    paths = {one.rule: one.path for one in copy.removed}
    assert paths["driver"] == "/trn:TransitReleaseNotice/cacdo:CarrierDetails/cacdo:DriverDetails"
    assert [one for one in copy.removed if one.rule == "person-name" and one.path.startswith(paths["driver"])]


def test_nothing_restricted_keeps_the_bytes(kz: Gateway) -> None:
    """The very object that came goes on, whatever its white space, quotes and prefixes."""
    odd = PLAIN.replace(b'codeListId="2004"', b"codeListId = '2004'", 1).replace(b"\n", b"\r\n")

    redacted = prepared(kz, posted(kz, odd))

    assert redacted.copies[0].payloads[0] is redacted.validated.screened.known.unpacked.payloads[0]


@pytest.mark.parametrize("hidden", ["<!-- 100582333 -->", "<?p 100582333?>"])
@pytest.mark.parametrize("place", ["inside", "before", "behind"])
def test_comments_and_instructions_do_not_go_on(hidden: str, place: str, kz: Gateway) -> None:
    """No path looks into them, so the document is written anew without them."""
    body = PLAIN.decode()
    root = "</trn:TransitReleaseNotice>"
    body = {
        "inside": body.replace(root, hidden + root),
        "before": body.replace("<trn:", hidden + "<trn:", 1),
        "behind": body + hidden,
    }[place]

    (copy,) = prepared(kz, posted(kz, body.encode())).copies

    assert b"100582333" not in copy.payloads[0].content
    assert copy.removed == ()
    assert etree.tostring(etree.fromstring(copy.payloads[0].content), method="c14n") == etree.tostring(
        etree.fromstring(PLAIN), method="c14n"
    )


def test_rewritten_document_has_a_new_id_and_digest(kz: Gateway) -> None:
    """Attachments stay as they are; the packed form of what was received is not kept."""
    picture = payload("p@x", "image/jpeg", b"jpeg")
    body = sample("DocumentVerificationResponse--official-who-answered", "restricted")
    redacted = prepared(kz, posted(kz, body, attachments=(picture,)))

    (document, attachment, _) = redacted.copies[0].payloads

    first = redacted.validated.screened.known.unpacked.payloads[0]
    assert attachment is picture
    assert (document.packed, document.media_type) == (b"", first.media_type)
    assert document.digest != first.digest
    assert document.cid != first.cid


def test_member_s_rule_binds_where_that_member_takes_part(kz: Gateway, by: Gateway) -> None:
    """A taxpayer number is kept out by Kazakhstan's law: from it and to it, not from Belarus to Russia."""
    sent = {
        "KZ to BY": prepared(kz, posted(kz, taxed(), to=(BY,))),
        "BY to KZ": prepared(by, posted(by, taxed(), to=(KZ,))),
        "BY to RU": prepared(by, posted(by, taxed(), to=(RU,))),
        "BY from KZ": prepared(by, arrived(by, taxed(), header())),
        "BY from RU": prepared(by, arrived(by, taxed(), header(sender=RU))),
    }

    assert {name: b"100582333" in _content(redacted) for name, redacted in sent.items()} == {
        "KZ to BY": False,
        "BY to KZ": False,
        "BY to RU": True,
        "BY from KZ": False,
        "BY from RU": True,
    }
    assert _content(sent["BY to RU"]) == taxed()


def test_rule_of_one_direction_binds_in_that_direction(probe: Gateway) -> None:
    """An item is kept out of what leaves, not of what arrives."""
    document = note("<p:Item>1</p:Item>")
    head = header("Note", "urn:probe:service", sender=KZ, recipient=RU, agreement="probe:1.0")

    assert inside(through(probe, "<p:Item>1</p:Item>")) == ""
    assert _content(prepared(probe, arrived(probe, document, head))) == document


def test_each_recipient_gets_what_its_law_allows(by: Gateway) -> None:
    """One submission, two laws, two copies; recipients with the same law share one."""
    redacted = prepared(by, posted(by, taxed(), to=(RU, KZ), message_id=MessageId("m@x")))
    shared = prepared(by, posted(by, PLAIN, to=(RU, KZ)))

    (to_ru, to_kz) = redacted.copies
    assert (to_ru.header.recipient, to_kz.header.recipient) == (RU, KZ)
    assert (b"100582333" in to_ru.payloads[0].content, b"100582333" in to_kz.payloads[0].content) == (True, False)
    assert shared.copies[0].payloads[0] is shared.copies[1].payloads[0]


def test_recipients_under_the_same_restrictions_share_the_stripped_copy(kz: Gateway) -> None:
    """It is made once: the parts are the same object, so they are packed and kept once."""
    first, second = prepared(kz, posted(kz, taxed(), to=(BY, RU))).copies

    assert first.payloads[0] is second.payloads[0]
    assert first.removed == second.removed != ()


def test_copies_of_unlike_laws_do_not_touch_each_other(by: Gateway) -> None:
    """In whatever order the recipients are named, each copy is what it would be alone."""
    there, back = (prepared(by, posted(by, taxed(), to=to)).copies for to in ((RU, KZ), (KZ, RU)))
    alone = {to: prepared(by, posted(by, taxed(), to=(to,))).copies[0].payloads[0].content for to in (KZ, RU)}

    for copy in (*there, *back):
        assert copy.payloads[0].content == alone[copy.header.recipient]


def test_refused_field_is_named_at_each_place(probe: Gateway) -> None:
    """Where nothing may be stripped the message is refused, with every place and the legal ground."""
    found = refusal(
        probe,
        posted(probe, note("<p:Case>CANARY7391</p:Case>\n<p:Case/><p:Item>1</p:Item>"), to=(BY,), purpose="customs"),
    )

    assert [(fault.code, fault.path, fault.line) for fault in found.faults] == [
        (ErrorCode.RESTRICTED_AND_REFUSED, "/p:Note/p:Case[1]", 1),
        (ErrorCode.RESTRICTED_AND_REFUSED, "/p:Note/p:Case[2]", 2),
    ]
    assert found.faults[0].expected == "nothing here (rule case: a law)"
    assert "CANARY7391" not in str([fault.facts() for fault in found.faults])
    assert (found.about.sender, found.about.type) == (RU, "Note")


def test_document_that_stripping_makes_invalid_is_refused(probe: Gateway) -> None:
    """A reference to a removed item dangles: the message is refused, without positions in a body nobody has."""
    found = refusal(
        probe, posted(probe, note("<p:Item>1</p:Item><p:Pointer>1</p:Pointer>"), to=(BY,), purpose="customs")
    )

    (fault,) = found.faults
    assert (fault.code, fault.path, fault.line) == (ErrorCode.INVALID_AFTER_REDACTION, "/p:Note", 0)
    assert found.about.type == "Note"


def test_index_has_what_is_left(probe: Gateway, kz: Gateway) -> None:
    """Operators search by business ids, never by what was removed; composite ids are joined."""
    (transit,) = prepared(kz, posted(kz, PLAIN)).copies

    assert through(probe, "<p:Item>secret</p:Item>").index == (("id", "1"),)
    assert transit.index == (
        ("declaration", "11216413/2026-03-11/0004518"),
        ("vehicle", "AK 4417-7"),
        ("vehicle", "A 2093 B-7"),
    )


def test_index_leaves_out_what_is_empty_and_repeated(probe: Gateway) -> None:
    """And cuts what is too long to search by."""
    long = note().replace(b"<p:Id>1<", b"<p:Id> " + b"x" * 300 + b" <")
    head = header("Note", "urn:probe:service", recipient=RU, agreement="probe:1.0")
    items = note("<p:Item> a </p:Item><p:Item> </p:Item><p:Item>b</p:Item>").replace(b"<p:Id>1<", b"<p:Id> <")

    (first,) = prepared(probe, posted(probe, long, to=(BY,), purpose="customs")).copies
    (second,) = prepared(probe, arrived(probe, items, head)).copies

    assert first.index == (("id", "x" * 200),)
    assert second.index == (("item", "a"), ("item", "b"))


@pytest.mark.parametrize("attribute", ['list="&#99;"', "list='\n'", 'list=""'])
def test_restricted_attribute_goes_whatever_it_holds(attribute: str, probe: Gateway) -> None:
    """Escaped, quoted or empty."""
    assert inside(through(probe, f'<p:Coded agency="1" {attribute}/>')) == '<p:Coded agency="1"/>'


def test_stripped_document_is_valid(kz: Gateway) -> None:
    """Judged by the same schema again."""
    redacted = prepared(kz, posted(kz, taxed()))

    assert redacted.validated.message_type.validator().validate(etree.fromstring(_content(redacted)))


def test_rule_without_a_hit_is_not_named(kz: Gateway) -> None:
    """Only what was removed is listed, in rule order."""
    rules: list[Restriction] = list(kz.kind("TransitReleaseNotice").restrictions)
    body = sample("TransitReleaseNotice--sums-control-and-official", "restricted")

    (copy,) = prepared(kz, posted(kz, body)).copies

    order = [rule.id for rule in rules]
    named = list(dict.fromkeys(one.rule for one in copy.removed))
    assert named == sorted(named, key=order.index)
    assert len(named) < len(order)


def _content(redacted: Redacted) -> bytes:
    return redacted.copies[0].payloads[0].content
