"""What is stated besides the document: checked against the agreement, every fault in one answer."""

from dataclasses import replace

import pytest

from gateway.core.errors import ErrorCode
from gateway.core.message import payload
from gateway.core.names import SECOND, Micros, PartyId
from tests.core.making import BY, HOUR, NOW, RU, Gateway, arrived, codes, header, posted, refusal, sample
from tests.core.making import validated as made
from tests.core.probe import note

PLAIN = sample("TransitReleaseNotice--only-what-is-mandatory")
ANSWER = sample("DocumentVerificationResponse--confirmed")


WRONG: list[tuple[dict[str, object], list[tuple[str, str]]]] = [
    ({"purpose": "statistics"}, [("PURPOSE_NOT_AGREED", "purpose")]),
    ({"action": "Other"}, [("CONTRADICTION", "type")]),
    ({"service": "urn:other"}, [("CONTRADICTION", "service")]),
    ({"environment": "production"}, [("ENVIRONMENT_MISMATCH", "environment")]),
    ({"message_id": "no at"}, [("BAD_REQUEST", "message_id")]),
    ({"message_id": "<m@x>"}, [("BAD_REQUEST", "message_id")]),
    ({"message_id": "m@x\r\nA: b"}, [("BAD_REQUEST", "message_id")]),
    ({"message_id": "m" * 121 + "@x"}, [("BAD_REQUEST", "message_id")]),
    ({"ref_to_message_id": "x"}, [("BAD_REQUEST", "ref_to_message_id")]),
    ({"conversation_id": "a\nb"}, [("BAD_REQUEST", "conversation_id")]),
    ({"conversation_id": " a"}, [("BAD_REQUEST", "conversation_id")]),
    ({"conversation_id": "c" * 253}, [("BAD_REQUEST", "conversation_id")]),
    ({"deadline": Micros(NOW)}, [("BAD_DEADLINE", "deadline")]),
    ({"deadline": Micros(NOW + 72 * HOUR + 1)}, [("BAD_DEADLINE", "deadline")]),
]


@pytest.mark.parametrize(
    ("stated", "found"), WRONG, ids=lambda value: str(value)[:30] if isinstance(value, dict) else ""
)
def test_wrong_statement_is_one_fault(stated: dict[str, object], found: list[tuple[str, str]], kz: Gateway) -> None:
    """Each by the name of the parameter."""
    faults = refusal(kz, posted(kz, PLAIN, **stated)).faults

    assert [(fault.code.name, fault.path) for fault in faults] == found


@pytest.mark.parametrize(
    "stated", [{"conversation_id": "c"}, {"conversation_id": "c c" * 84}, {"deadline": Micros(NOW + 72 * HOUR)}]
)
def test_statement_at_its_limit_is_taken(stated: dict[str, object], kz: Gateway) -> None:
    """The limits are inclusive."""
    assert made(kz, posted(kz, PLAIN, **stated))


def test_all_faults_come_at_once(kz: Gateway) -> None:
    """Recipient, statements, attachments and schema, in one answer, so that one correction suffices."""
    body = PLAIN.replace(b"<casdo:ContainerIndicator>", b"<casdo:ContainerIndicator>x")
    files = (payload("a@x", "text/html", b""), payload("b@x", "image/jpeg", b""))

    faults = refusal(
        kz, posted(kz, body, to=(PartyId("X"),), purpose="x", service="x", attachments=files, deadline=Micros(1))
    ).faults

    assert codes(faults) == [
        "UNKNOWN_RECIPIENT",
        "PURPOSE_NOT_AGREED",
        "CONTRADICTION",
        "ATTACHMENT_NOT_AGREED",
        "ATTACHMENT_NOT_AGREED",
        "BAD_DEADLINE",
        "VALUE_OF_WRONG_TYPE",
    ]
    assert faults[3].expected == "no attachments"


def test_attachment_of_another_type_is_named_by_number(kz: Gateway) -> None:
    """The agreed types are in the answer; the agreed one beside it passes."""
    files = (payload("a@x", "application/pdf", b""), payload("b@x", "text/html", b""))

    (fault,) = refusal(kz, posted(kz, ANSWER, attachments=files)).faults

    assert (fault.path, fault.expected) == ("attachment[2]", "application/pdf | image/jpeg")


def test_purpose_is_inferred_only_where_there_is_one(probe: Gateway) -> None:
    """Two purposes: the sender must say which."""
    (fault,) = refusal(probe, posted(probe, note())).faults

    assert (fault.code, fault.expected) == (ErrorCode.AMBIGUOUS, "customs | statistics")
    assert made(probe, posted(probe, note(), purpose="statistics")).headers[0].purpose == "statistics"


def test_partner_must_address_this_gateway(by: Gateway) -> None:
    """Another party's name in eb:To is a mistake or an attempt to make us forward."""
    (fault,) = refusal(by, arrived(by, PLAIN, header(recipient=RU))).faults

    assert (fault.code, fault.path, fault.expected) == (ErrorCode.UNKNOWN_RECIPIENT, "eb:To", BY)


@pytest.mark.parametrize("stated", ["production", ""])
def test_partner_must_state_the_environment(stated: str, by: Gateway) -> None:
    """Between gateways nothing about the environment is inferred; its deadline is the sender's business."""
    received = arrived(by, PLAIN, header(deadline=Micros(SECOND)))
    body = received.body.replace(b'name="environment">test<', f'name="environment">{stated}<'.encode())

    assert codes(refusal(by, replace(received, body=body)).faults) == ["ENVIRONMENT_MISMATCH"]
