"""What an ebMS header says: each field once and whole, all faults at once."""

import pytest
from lxml import etree

from gateway.core import ebms, statement
from gateway.core.agreement import Limits
from gateway.core.errors import Rejected
from gateway.core.message import Stated
from gateway.core.names import MessageId, Micros, PartyId
from gateway.core.wire import Property, Wire
from tests.core.making import soap
from tests.core.test_unpack import user
from tests.reading import messaging

SENT_AT = Micros(1_773_222_137_000_000)


def read(text: str) -> Stated:
    """The statement of one eb:UserMessage."""
    header, _ = messaging(soap(text), ebms.SOAP_TYPE, Limits())
    return statement.read(header[0])


def faults(text: str) -> list[tuple[str, str]]:
    """Code and place of everything that is wrong with it."""
    with pytest.raises(Rejected) as caught:
        read(text)
    return [(fault.code.code, fault.path) for fault in caught.value.faults]


def test_everything_is_read_as_it_stands() -> None:
    """Types, roles, channel, agreement, times, properties: in the words of the wire."""
    found = read(
        user(
            From="<eb:From><eb:PartyId type='t'>A</eb:PartyId><eb:Role>Trader</eb:Role></eb:From>",
            Service="<eb:AgreementRef type='at' pmode='p'>EU-V2.0</eb:AgreementRef><eb:Service type='st'>s</eb:Service>",
            rest="<eb:MessageProperties><eb:Property name='purpose'>customs</eb:Property>"
            "<eb:Property name='b' type='bt'>2</eb:Property><eb:Property name='a'/>"
            "<eb:Property name='deadline'>2026-03-12T00:00:00Z</eb:Property></eb:MessageProperties>",
        ).replace("<eb:UserMessage>", "<eb:UserMessage mpc=' urn:m '>")
    )

    assert found == Stated(
        MessageId("m@x"), PartyId("A"), (PartyId("urn:B"),), "EU-V2.0", "s", "a", "customs", "", "c",
        deadline=Micros(1_773_273_600_000_000),
        properties=(Property("b", "2", "bt"), Property("a", "")),
        wire=Wire("A", "urn:B", ("t", ""), ("Trader", "r"), "EU-V2.0", "at", "p", "st", "urn:m", SENT_AT),
    )  # fmt: skip


@pytest.mark.parametrize("between", ["<!--x-->", "<?x y?>"])
def test_a_comment_does_not_cut_a_value(between: str) -> None:
    """What a signature covers without the comment is read without it, whole: KZ<!--x-->.KGD is KZ.KGD."""
    found = read(
        user(
            From=f"<eb:From><eb:PartyId type='t'>KZ{between}.KGD</eb:PartyId><eb:Role>r{between}s</eb:Role></eb:From>",
            rest=f"<eb:MessageProperties>{between}<eb:Property name='n'>1{between}2</eb:Property></eb:MessageProperties>",
        ).replace("<eb:PartyInfo>", f"<eb:PartyInfo>{between}")
    )

    assert (found.sender, found.wire.roles[0]) == ("KZ.KGD", "rs")
    assert found.properties == (Property("n", "12"),)
    assert statement.whole_text(etree.fromstring(f"<a>KZ{between}.KGD</a>")) == "KZ.KGD"


@pytest.mark.parametrize(
    ("old", "again", "where"),
    [
        ("<eb:MessageId>m@x</eb:MessageId>", "<eb:MessageId>n@x</eb:MessageId>", "eb:MessageId"),
        ("<eb:Action>a</eb:Action>", "<eb:Action>b</eb:Action>", "eb:Action"),
        ("<eb:Service>urn:s</eb:Service>", "<eb:Service>urn:t</eb:Service>", "eb:Service"),
        ("<eb:ConversationId>c</eb:ConversationId>", "<eb:ConversationId>d</eb:ConversationId>", "eb:ConversationId"),
        ("<eb:PartyInfo>", "<eb:From><eb:PartyId>urn:X</eb:PartyId><eb:Role>r</eb:Role></eb:From>", "eb:From"),
        ("</eb:MessageInfo>", "<eb:MessageInfo/>", "eb:MessageInfo"),
        ("</eb:PartyInfo>", "<eb:PartyInfo/>", "eb:PartyInfo"),
        ("</eb:CollaborationInfo>", "<eb:CollaborationInfo/>", "eb:CollaborationInfo"),
        ("<eb:Role>r</eb:Role></eb:From>", "", "eb:From/eb:Role"),
    ],
)
def test_what_stands_twice_is_an_invalid_header(old: str, again: str, where: str) -> None:
    """Two products could each read another of them: EBMS:0009."""
    text = user().replace(old, old + again if again else "<eb:Role>r</eb:Role>" + old, 1)

    assert faults(text) == [("EBMS:0009", where)]


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("<eb:PartyInfo>", "<eb:PartyInfo><eb:Other/>", "eb:PartyInfo"),
        ("<eb:MessageInfo>", "<eb:Messaging/><eb:MessageInfo>", "eb:UserMessage"),
        ("urn:A", "urn:<x>A</x>", "eb:From"),
        ("m@x", "m", "eb:MessageId"),
        ("m@x", "&lt;m@x&gt;", "eb:MessageId"),
        ("</eb:MessageId>", "</eb:MessageId><eb:RefToMessageId>r</eb:RefToMessageId>", "eb:RefToMessageId"),
        (">c</eb:ConversationId>", ">c\u0085</eb:ConversationId>", "eb:ConversationId"),
        ("2026-03-11T", "2026-13-11T", "eb:Timestamp"),
        ("2026-03-11T09:42:17Z", "11 March", "eb:Timestamp"),
        ("<eb:Timestamp>2026-03-11T09:42:17Z</eb:Timestamp>", "", "eb:Timestamp"),
    ],
)
def test_what_is_not_of_its_form_is_an_invalid_header(old: str, new: str, where: str) -> None:
    """Elements that ebMS does not have there, elements in a text, ids and times of another form."""
    assert faults(user().replace(old, new, 1)) == [("EBMS:0009", where)]


def test_an_element_of_another_namespace_is_passed_over() -> None:
    """Control: only what claims to be ebMS must be."""
    assert read(user().replace("<eb:PartyInfo>", "<eb:PartyInfo><x:Other xmlns:x='urn:x'/>")).sender == "urn:A"


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-11T09:42:17Z", "2026-03-11T09:42:17", "2026-03-11T14:42:17+05:00", "2026-03-11T09:42:17.000Z",
        "2026-03-11T09:42:17.0000000Z", "2026-03-11T09:42:17.000000000Z", "2026-03-11T09:42:17.0000000",
    ],
)  # fmt: skip
def test_the_instant_is_read_as_any_product_writes_it(text: str) -> None:
    """Seven digits come from .NET, nine from Java; where there is no zone, UTC is meant (ebMS 5.2.2.1)."""
    assert read(user().replace("2026-03-11T09:42:17Z", text)).wire.timestamp == SENT_AT


def test_the_action_test_is_the_test_services() -> None:
    """EBMS:0003 with any other service (ebMS 5.2.2.9)."""
    text = user(Action=f"<eb:Action>{ebms.TEST_ACTION}</eb:Action>")

    assert faults(text) == [("EBMS:0003", "eb:Service")]
    assert read(text.replace("urn:s", ebms.TEST_SERVICE)).action == ebms.TEST_ACTION


def properties(*rows: str) -> str:
    """A user message with these properties."""
    return user(rest=f"<eb:MessageProperties>{''.join(rows)}</eb:MessageProperties>")


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        (["<eb:Property>x</eb:Property>"], "eb:MessageProperties/eb:Property[1]/@name"),
        (["<eb:Property name='a b'>x</eb:Property>"], "eb:MessageProperties/eb:Property[1]/@name"),
        (["<eb:Property name='n'>x<y/></eb:Property>"], "eb:MessageProperties/eb:Property[1]"),
        (
            ["<eb:Property name='n'/>", f"<eb:Property name='n'>{'x' * 1025}</eb:Property>"],
            "eb:MessageProperties/eb:Property[2]",
        ),
        (["<eb:Property name='purpose'>x</eb:Property>"] * 2, "eb:MessageProperties"),
        (["<eb:Property name='finalRecipient'>x</eb:Property>"] * 2, "eb:MessageProperties"),
        (["<eb:Property name='n'/>"] * 51, "eb:MessageProperties"),
        (["<eb:Other/>"], "eb:MessageProperties"),
    ],
)
def test_properties_are_few_short_and_named(rows: list[str], where: str) -> None:
    """EBMS:0009, by number: a name or value is the sender's and may be anything."""
    assert faults(properties(*rows)) == [("EBMS:0009", where)]


def test_other_properties_may_stand_twice() -> None:
    """Control: ebMS allows it; the largest value and number are taken."""
    rows = [f"<eb:Property name='n'>{'x' * 1024}</eb:Property>"] * 50
    assert len(read(properties(*rows)).properties) == 50


def test_a_second_list_of_properties_is_refused() -> None:
    """As everything that stands twice."""
    twice = properties().replace("<eb:MessageProperties>", "<eb:MessageProperties/><eb:MessageProperties>")
    assert faults(twice) == [("EBMS:0009", "eb:MessageProperties")]


def block(attributes: str, name: str = "x:Block") -> etree._Element:
    """An envelope with another header block."""
    text = soap(user()).replace(b"<eb:Messaging", f"<{name} xmlns:x='urn:x' {attributes}/><eb:Messaging".encode(), 1)
    return etree.fromstring(text)


@pytest.mark.parametrize(
    "attributes",
    [
        "S12:mustUnderstand='true'", "S12:mustUnderstand='1'",
        f"S12:mustUnderstand=' true ' S12:role='{ebms.S12}/role/ultimateReceiver'",
        f"S12:mustUnderstand='1' S12:role='{ebms.S12}/role/next'",
    ],
)  # fmt: skip
def test_a_block_that_must_be_understood_and_is_not_is_refused(attributes: str) -> None:
    """SOAP 1.2 part 1, 2.4; answered as EBMS:0008, which every AS4 product reads."""
    with pytest.raises(Rejected) as caught:
        statement.understand(block(attributes))
    assert [(fault.code.code, fault.path) for fault in caught.value.faults] == [("EBMS:0008", "S12:Header")]


@pytest.mark.parametrize(
    "attributes",
    ["", "S12:mustUnderstand='false'", "S12:mustUnderstand='0'", "S12:mustUnderstand='1' S12:role='urn:another'"],
)
def test_a_block_for_others_or_that_need_not_be_understood_is_passed_over(attributes: str) -> None:
    """Control: an intermediary's block is none of ours."""
    statement.understand(block(attributes))
    statement.understand(block("S12:mustUnderstand='true'", "eb:Messaging"))


def part(*rows: str) -> etree._Element:
    """An eb:PartInfo with these properties."""
    text = f"<eb:PartInfo xmlns:eb='{ebms.EB}'><eb:PartProperties>{''.join(rows)}</eb:PartProperties></eb:PartInfo>"
    return etree.fromstring(text)


def row(name: str, value: str = "x") -> str:
    """One property."""
    return f"<eb:Property name='{name}' type='t'>{value}</eb:Property>"


def test_part_properties_are_read_in_their_order() -> None:
    """With their types, as often as they stand."""
    found = statement.part_properties(part(row("b"), row("a", "1"), row("a", "2"), row("FileName")), "eb:PartInfo[1]")
    assert [(each.name, each.value, each.type) for each in found] == [
        ("b", "x", "t"), ("a", "1", "t"), ("a", "2", "t"), ("FileName", "x", "t"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "info",
    [
        part(row("MimeType"), row("MimeType")), part(row("CompressionType"), row("CompressionType", "y")),
        part(row("")), part("<eb:Other/>"), part("</eb:PartProperties><eb:PartProperties>"),
    ],
)  # fmt: skip
def test_how_a_part_travels_is_said_once(info: etree._Element) -> None:
    """Two products could each read another media type: EBMS:0009, by the part's number."""
    with pytest.raises(Rejected) as caught:
        statement.part_properties(info, "eb:PartInfo[7]")
    (fault,) = caught.value.faults
    assert (fault.code.code, fault.path.partition("/")[0]) == ("EBMS:0009", "eb:PartInfo[7]")
