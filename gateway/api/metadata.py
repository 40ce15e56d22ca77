"""What a submission states besides its document: query parameters and the JSON part, by the same names."""

import json
import re
from collections.abc import Mapping
from typing import Any

from gateway.core.ebms import instant
from gateway.core.errors import ErrorCode, Fault, Rejected
from gateway.core.message import Stated
from gateway.core.names import MessageId, Micros, PartyId
from gateway.core.properties import given
from gateway.core.texts import say
from gateway.core.wire import Property

# Name ► what it is; the same names stand on inbox items and in webhooks.
FIELDS: Mapping[str, str] = {
    "to": "PartyId of a recipient; repeat it for several. May be left out where there is only one partner",
    "agreement": "id, or id:version; may be left out where one agreement in force knows the document",
    "type": "message type; may be left out, the document tells",
    "purpose": "purpose of use; may be left out where the agreement has one (EA-2.3)",
    "environment": "test or production; if stated, it must be the gateway's",
    "conversation_id": "eb:ConversationId; a new one is made where it is left out",
    "ref_to_message_id": "MessageId of the message this one answers",
    "original_sender": "who in the member's network sent it (originalSender); the sender's PartyId where it is left out",
    "final_recipient": "for whom in the recipient's network it is (finalRecipient); its PartyId where it is left out",
    "tracking_identifier": "by what all four corners follow it (trackingIdentifier)",
    "deadline": "xs:dateTime with zone; the message type's deadline where it is left out",
    "message_id": "eb:MessageId (a msg-id without <>); makes the request idempotent",
}
XML_TEXT = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]*")
MAX_RECIPIENTS = 100
MOST_PROPERTIES = 50


def stated(query: Mapping[str, list[str]], part: bytes) -> Stated:
    """Both sources as one statement; unknown names, wrong forms and contradictions are faults, all at once."""
    faults: list[Fault] = []
    found = _object(part, faults)
    others = _properties(found.pop("properties", []), faults)
    values = _merge(_from_query(query, faults), _from_json(found, faults), faults)
    recipients = tuple(PartyId(name) for name in values.get("to", ()))
    if len(recipients) > MAX_RECIPIENTS or len(set(recipients)) != len(recipients):
        faults.append(Fault(ErrorCode.BAD_REQUEST, "to", expected=say("at_most_recipients", n=MAX_RECIPIENTS)))
    text = {name: found[0] for name, found in values.items() if name != "to"}
    deadline = _deadline(text.get("deadline", ""), faults)
    if faults:
        raise Rejected(*faults)
    return Stated(
        message_id=MessageId(text.get("message_id", "")),
        recipients=recipients,
        agreement=text.get("agreement", ""),
        action=text.get("type", ""),
        purpose=text.get("purpose", ""),
        environment=text.get("environment", ""),
        conversation_id=text.get("conversation_id", ""),
        ref_to_message_id=text.get("ref_to_message_id", ""),
        deadline=deadline,
        properties=given(text, others),
    )


def _from_query(query: Mapping[str, list[str]], faults: list[Fault]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, found in query.items():
        if name not in FIELDS:
            faults.append(
                Fault(ErrorCode.BAD_REQUEST, "query", expected=say("only", names=", ".join((*FIELDS, "dry-run"))))
            )
        elif name == "to":
            values[name] = [piece for text in found for piece in text.split(",") if piece]
        elif len(found) != 1:
            faults.append(Fault(ErrorCode.BAD_REQUEST, name, expected=say("stated_once")))
        else:
            values[name] = found
    return values


def _object(part: bytes, faults: list[Fault]) -> dict[str, Any]:
    if not part:
        return {}
    try:
        found: Any = json.loads(part)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        faults.append(Fault(ErrorCode.BAD_REQUEST, "part metadata", expected=say("json_object")))
        return {}
    return found


def _properties(found: object, faults: list[Fault]) -> tuple[Property, ...]:
    """Further message properties: a list of objects with name, value and, where it has one, type."""
    rows = [row for row in found if _is_property(row)] if isinstance(found, list) else []
    if not isinstance(found, list) or len(rows) != len(found) or len(rows) > MOST_PROPERTIES:
        expected = say("property_objects", n=MOST_PROPERTIES)
        faults.append(Fault(ErrorCode.BAD_REQUEST, "properties", expected=expected))
        return ()
    return tuple(Property(row["name"], row["value"], row.get("type", "")) for row in rows)


def _is_property(row: object) -> bool:
    """Whether it has a name and a value, maybe a type, and nothing else; all of them texts."""
    return (
        isinstance(row, dict)
        and {"name", "value"} <= row.keys() <= {"name", "value", "type"}
        and all(isinstance(text, str) for text in row.values())
    )


def _from_json(found: Mapping[str, Any], faults: list[Fault]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in found.items():
        texts = value if name == "to" and isinstance(value, list) else [value]
        if name not in FIELDS or not all(isinstance(text, str) and is_text(text) for text in texts):
            expected = say("strings_under", names=", ".join(FIELDS))
            faults.append(Fault(ErrorCode.BAD_REQUEST, "part metadata", expected=expected))
        else:
            values[name] = texts
    return values


def is_text(text: str) -> bool:
    """Whether XML can carry it: no control characters, no halves of surrogate pairs."""
    return XML_TEXT.fullmatch(text) is not None


def _merge(query: dict[str, list[str]], part: dict[str, list[str]], faults: list[Fault]) -> dict[str, list[str]]:
    """Stated in both places is fine where it is the same."""
    faults += [
        Fault(ErrorCode.CONTRADICTION, name, expected=say("same_in_both"))
        for name in query.keys() & part.keys()
        if query[name] != part[name]
    ]
    return {**part, **query}


def _deadline(text: str, faults: list[Fault]) -> Micros:
    if not text:
        return Micros(0)
    try:
        return Micros(max(instant(text), 1))  # 0 would read as not stated
    except ValueError:
        faults.append(Fault(ErrorCode.BAD_REQUEST, "deadline", expected=say("date_time")))
        return Micros(0)
