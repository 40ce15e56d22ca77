"""eb:UserMessage ► Stated: what the ebMS header says, each field once and whole, in the words of the wire (ebMS 5.2.2).

1. structure: every element as often as it may stand, none with elements in its text
2. form: message ids, the instant
3. properties: few, short, each of ours once
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from gateway.core import ebms
from gateway.core.errors import ErrorCode, Fault, Refused, Rejected, rejected
from gateway.core.message import Stated
from gateway.core.names import MESSAGE_ID, TOKEN, MessageId, Micros, PartyId
from gateway.core.pmode import FOUR_CORNERS
from gateway.core.properties import NAME, OWN
from gateway.core.texts import Text, say
from gateway.core.wire import Property, Wire
from gateway.core.wss.names import WSSE

EB = f"{{{ebms.EB}}}"
MOST_PROPERTIES = 50
LONGEST_VALUE = 1024
BLANKS = re.compile(r"[ \t\r\n]+")
# xs:dateTime as products write it: seven digits (.NET), nine (Java), without a zone where UTC is meant.
INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:(\.\d{1,6})\d{0,12})?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
ABOUT_PART = ("MimeType", "CompressionType", "CharacterSet", "FileName", "Digest")
# Parent ► what may stand in it: how often at least and at most.
FORM: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "UserMessage": {
        "MessageInfo": (1, 1),
        "PartyInfo": (1, 1),
        "CollaborationInfo": (1, 1),
        "MessageProperties": (0, 1),
        "PayloadInfo": (0, 1),
    },
    "MessageInfo": {"Timestamp": (1, 1), "MessageId": (1, 1), "RefToMessageId": (0, 1)},
    "PartyInfo": {"From": (1, 1), "To": (1, 1)},
    "From": {"PartyId": (1, 1), "Role": (1, 1)},
    "To": {"PartyId": (1, 1), "Role": (1, 1)},
    "CollaborationInfo": {"AgreementRef": (0, 1), "Service": (1, 1), "Action": (1, 1), "ConversationId": (1, 1)},
}
APART = ("MessageProperties", "PayloadInfo")  # read on their own


@dataclass(frozen=True, slots=True)
class Found:
    """The text of one element, by path, and its attributes."""

    text: str
    attributes: Mapping[str, str]


NOTHING = Found("", {})
KNOWN_BLOCKS = (f"{EB}Messaging", f"{{{WSSE}}}Security")
NEXT = f"{ebms.S12}/role/next"
OUR_ROLES = (NEXT, f"{ebms.S12}/role/ultimateReceiver", f"{ebms.EB}part2/200811/nextmsh")


def understand(envelope: etree._Element) -> None:
    """Rejected where a header block must be understood that is not known here (SOAP 1.2 part 1, 2.4).

    As an ebMS error: every AS4 product reads one, and not every one reads a SOAP fault.
    """
    for block in envelope.iterfind(f"{{{ebms.S12}}}Header/*"):
        demanded = (block.get(f"{{{ebms.S12}}}mustUnderstand") or "").strip() in {"true", "1"}
        if (
            demanded
            and block.tag not in KNOWN_BLOCKS
            and (block.get(f"{{{ebms.S12}}}role") or NEXT).strip() in OUR_ROLES
        ):
            raise rejected(ErrorCode.EBMS_0008, "S12:Header", say("known_blocks"))


def read(user: etree._Element) -> Stated:
    """What the header says; everything that is wrong with it at once."""
    faults: list[Fault] = []
    fields = dict(_fields(user, "UserMessage", faults))
    faults += _form_faults(fields)
    properties, own = _properties(user, faults)
    timestamp = _instant(fields, faults)
    deadline = _deadline(own.get("deadline", ""), faults)
    text = {path: found.text for path, found in fields.items()}
    sender, recipient = (fields.get(f"{side}/PartyId", NOTHING) for side in ("From", "To"))
    if faults:
        raise Rejected(*faults, about=Refused(text.get("MessageId", ""), sender.text, text.get("Action", "")))
    agreement = fields.get("AgreementRef", NOTHING)
    return Stated(
        message_id=MessageId(text["MessageId"]),
        sender=PartyId(sender.text),
        recipients=(PartyId(recipient.text),),
        agreement=agreement.text,
        service=text["Service"],
        action=text["Action"],
        purpose=own.get("purpose", ""),
        environment=own.get("environment", ""),
        conversation_id=text["ConversationId"],
        ref_to_message_id=text.get("RefToMessageId", ""),
        deadline=deadline,
        properties=properties,
        wire=Wire(
            sender=sender.text,
            recipient=recipient.text,
            types=(sender.attributes.get("type", ""), recipient.attributes.get("type", "")),
            roles=(text["From/Role"], text["To/Role"]),
            agreement=agreement.text,
            agreement_type=agreement.attributes.get("type", ""),
            pmode_id=agreement.attributes.get("pmode", ""),
            service_type=fields["Service"].attributes.get("type", ""),
            mpc=(user.get("mpc") or "").strip(),
            timestamp=timestamp,
        ),
    )


def whole_text(element: etree._Element) -> str | None:
    """All its text, also behind a comment, without outer and double blanks; None where an element stands in it."""
    pieces = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str):
            return None
        pieces.append(child.tail or "")
    return _collapsed("".join(pieces))


def _collapsed(text: str) -> str:
    """As xs:token."""
    return BLANKS.sub(" ", text).strip(" ")


def _fields(parent: etree._Element, name: str, faults: list[Fault]) -> Iterator[tuple[str, Found]]:
    """Every field below the element by its path; those of From and To have the side before their name."""
    children = [(str(child.tag), child) for child in parent if isinstance(child.tag, str)]
    if any(tag.startswith(EB) and tag.removeprefix(EB) not in FORM[name] for tag, _ in children):
        faults.append(_invalid(name, say("no_other", names=", ".join(FORM[name]))))
    for inner, (least, most) in FORM[name].items():
        found = [child for tag, child in children if tag == EB + inner]
        side = f"{name}/" if name in {"From", "To"} else ""
        if len(found) > most:
            faults.append(_too_many(side, name, inner))
        elif inner in FORM:
            # Where it is missing, so is each field that it must have.
            yield from _fields(found[0] if found else etree.Element(EB + inner), inner, faults)
        elif inner in APART:
            continue
        elif found:
            yield from _field(side + inner, found[0], faults, least)
        elif least:
            faults.append(_missing(side + inner))


def _field(path: str, element: etree._Element, faults: list[Fault], least: int) -> Iterator[tuple[str, Found]]:
    text = whole_text(element)
    if text is None or (least and not text):
        faults.append(_missing(path))
    else:
        yield path, Found(text, {key: _collapsed(value) for key, value in element.attrib.items()})


def _missing(path: str) -> Fault:
    return _invalid(path, say("one_not_empty"))


def _too_many(side: str, parent: str, name: str) -> Fault:
    if name == "PartyId":  # eDelivery AS4 1.4.2.2; the other product may know one of them
        return Fault(ErrorCode.EBMS_0003, f"eb:{parent}", expected=say("one_element", name="eb:PartyId"))
    element = f"eb:{name}"
    return _invalid(side + name, say("one_element", name=element))


def _invalid(path: str, expected: Text) -> Fault:
    shown = "/".join(f"eb:{step}" for step in path.removesuffix("/PartyId").split("/"))
    return Fault(ErrorCode.EBMS_0009, shown, expected=expected)


def _form_faults(fields: Mapping[str, Found]) -> Iterator[Fault]:
    """Ids of their form, and the test service's action (ebMS 5.2.2.1, 5.2.2.9)."""
    for path, shape, form in (
        ("MessageId", MESSAGE_ID, say("msg_id")),
        ("RefToMessageId", MESSAGE_ID, say("msg_id")),
        ("ConversationId", TOKEN, say("token")),
    ):
        if path in fields and not shape.fullmatch(fields[path].text):
            yield _invalid(path, form)
    if (
        fields.get("Action", NOTHING).text == ebms.TEST_ACTION
        and fields.get("Service", NOTHING).text != ebms.TEST_SERVICE
    ):
        yield Fault(ErrorCode.EBMS_0003, "eb:Service", expected=ebms.TEST_SERVICE)  # ebMS 5.2.2.9


def part_properties(info: etree._Element, where: str) -> tuple[Property, ...]:
    """The properties of an eb:PartInfo in their order; each that says how the part travels once (AS4 3.1)."""
    faults: list[Fault] = []
    found = tuple(_each(info, "PartProperties", where, faults))
    names = [each.name for each in found]
    if any(names.count(name) > 1 for name in ABOUT_PART) or len(info.findall(f"{EB}PartProperties")) > 1:
        faults.append(Fault(ErrorCode.EBMS_0009, where, expected=say("stated_once")))
    if faults:
        raise Rejected(*faults)
    return found


def _properties(user: etree._Element, faults: list[Fault]) -> tuple[tuple[Property, ...], dict[str, str]]:
    """The message properties in their order, and apart from them what gateways of this kind tell each other."""
    found, own = list[Property](), dict[str, str]()
    for each in _each(user, "MessageProperties", "eb:MessageProperties", faults):
        if each.name in own or (each.name in FOUR_CORNERS and any(each.name == other.name for other in found)):
            faults.append(_invalid("MessageProperties", say("stated_once")))
        elif each.name in OWN:
            own[each.name] = each.value
        else:
            found.append(each)
    return tuple(found), own


def _each(parent: etree._Element, name: str, where: str, faults: list[Fault]) -> Iterator[Property]:
    """Every property of its form; a name or value is the sender's and may be anything: told by its number."""
    elements = parent.findall(f"{EB}{name}/{EB}Property")
    others = len(parent.findall(f"{EB}{name}/*")) - len(elements)
    if len(elements) > MOST_PROPERTIES or others:
        faults.append(Fault(ErrorCode.EBMS_0009, where, expected=say("at_most_properties", n=MOST_PROPERTIES)))
        return
    for number, element in enumerate(elements, 1):
        called, value = (element.get("name") or "").strip(), whole_text(element)
        here = f"{where}/eb:Property[{number}]"
        if not NAME.fullmatch(called):
            faults.append(Fault(ErrorCode.EBMS_0009, f"{here}/@name", expected=say("property_name")))
        elif value is None or len(value) > LONGEST_VALUE:
            faults.append(Fault(ErrorCode.EBMS_0009, here, expected=say("at_most_characters", n=LONGEST_VALUE)))
        else:
            yield Property(called, value, _collapsed(element.get("type") or "")[:LONGEST_VALUE])


def _instant(fields: Mapping[str, Found], faults: list[Fault]) -> Micros:
    """The moment of eb:Timestamp, as any product writes it."""
    if "Timestamp" not in fields:
        return Micros(0)  # told already
    written = INSTANT.fullmatch(fields["Timestamp"].text)
    return _moment(written.expand(r"\1\2") + (written[3] or "Z") if written else "", "eb:Timestamp", faults)


def _deadline(text: str, faults: list[Fault]) -> Micros:
    return Micros(max(_moment(text, "eb:Property deadline", faults), 1)) if text else Micros(0)  # 0: not stated


def _moment(text: str, where: str, faults: list[Fault]) -> Micros:
    try:
        return ebms.instant(text)
    except ValueError:
        faults.append(Fault(ErrorCode.EBMS_0009, where, expected=say("date_time")))
        return Micros(0)
