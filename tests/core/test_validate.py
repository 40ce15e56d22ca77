"""Which agreement, which type, which header: inferred where it can be, refused with every fault where it cannot."""

from dataclasses import replace
from datetime import date

import pytest

from gateway.core.agreement import Agreement, Register
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.message import Received
from gateway.core.names import SECOND, Environment, Member, MessageId, Micros, PartyId
from gateway.core.validate import MESSAGE_ID, message_id_for, validate
from tests.core.making import (
    BY,
    FRESH,
    HOUR,
    KZ,
    NOW,
    RU,
    Gateway,
    arrived,
    codes,
    header,
    posted,
    refusal,
    sample,
    screened,
)
from tests.core.making import validated as made

PLAIN = sample("TransitReleaseNotice--only-what-is-mandatory")
ANSWER = sample("DocumentVerificationResponse--confirmed")
SERVICE = "urn:eurasec-gw:service:verification"


def changed(gateway: Gateway, **fields: object) -> Gateway:
    """The gateway with another register."""
    return Gateway(replace(gateway.register, **fields), gateway.token)


def agreed(gateway: Gateway, **fields: object) -> Gateway:
    """The gateway with its first agreement changed."""
    return changed(gateway, agreements=(replace(gateway.register.agreements[0], **fields),))


def test_everything_that_can_be_inferred_is(kz: Gateway) -> None:
    """A bare document becomes a complete header: agreement, service, action, purpose, ids, deadline."""
    lone = changed(kz, parties={name: party for name, party in kz.register.parties.items() if name != RU})

    (head,) = made(lone, posted(lone, PLAIN, to=())).headers

    assert head == header(message_id=FRESH, conversation_id=FRESH, deadline=Micros(NOW + 72 * HOUR), version="1.0")


def test_everything_that_is_stated_is_kept(kz: Gateway) -> None:
    """Ids, conversation, reference, deadline, as the national system says."""
    stated: dict[str, object] = {
        "message_id": MessageId("m-9@x"),
        "conversation_id": "c-9",
        "ref_to_message_id": "r-9@x",
        "deadline": Micros(NOW + HOUR),
    }
    same = {"agreement": "eurasec-customs", "service": header().service, "action": header().action}

    (head,) = made(kz, posted(kz, PLAIN, **stated, **same, purpose="customs", environment="test")).headers

    assert head == header(**stated, version="1.0")


@pytest.mark.parametrize("ref", ["eurasec-customs", "eurasec-customs:1.0"])
def test_agreement_is_named_by_id_or_ref(ref: str, kz: Gateway) -> None:
    """With or without its version."""
    assert made(kz, posted(kz, PLAIN, agreement=ref)).agreement.ref == "eurasec-customs:1.0"


def test_unknown_root_is_told_the_known_types(kz: Gateway) -> None:
    """The root itself is not repeated."""
    (fault,) = refusal(kz, posted(kz, b"<CANARY7391/>")).faults

    assert (fault.code, fault.path) == (ErrorCode.UNKNOWN_TYPE, "/*")
    assert fault.expected.split(" | ") == sorted(
        {kind.type for agreement in kz.register.agreements for kind in agreement.messages.values()}
    )


def later(agreement: Agreement) -> Agreement:
    """A second version of the agreement."""
    return replace(agreement, version="2.0")


def test_selection_says_what_stands_in_the_way(kz: Gateway) -> None:
    """Contradiction, not in force, wrong environment, ambiguity: each under its own code."""
    first = kz.register.agreements[0]
    over, production = date(2020, 1, 1), Environment.PRODUCTION
    cases = [
        (kz, {"agreement": "other"}, ErrorCode.CONTRADICTION, "eurasec-customs:1.0"),
        (agreed(kz, valid_until=over), {}, ErrorCode.NOT_IN_FORCE, "an agreement in force today"),
        (agreed(kz, environment=production), {}, ErrorCode.ENVIRONMENT_MISMATCH, "environment test"),
        (
            changed(kz, agreements=(first, later(first))),
            {},
            ErrorCode.AMBIGUOUS,
            "eurasec-customs:1.0 | eurasec-customs:2.0",
        ),
    ]

    found = [refusal(gateway, posted(gateway, PLAIN, **stated)) for gateway, stated, _, _ in cases]

    assert [(one.first, one.faults[0].expected) for one in found] == [
        (code, expected) for _, _, code, expected in cases
    ]
    assert {one.about.message_id for one in found} == {FRESH}


def test_stated_version_resolves_the_ambiguity(kz: Gateway) -> None:
    """Two versions of one agreement can be in force side by side."""
    first = kz.register.agreements[0]
    both = changed(kz, agreements=(first, later(first)))

    assert made(both, posted(both, PLAIN, agreement="eurasec-customs:2.0")).agreement.version == "2.0"


@pytest.mark.parametrize(
    ("to", "found"),
    [
        ((), [("AMBIGUOUS", "BY.GTK | RU.FTS")]),
        ((PartyId("XX"),), [("UNKNOWN_RECIPIENT", "BY.GTK | RU.FTS")]),
        ((BY, PartyId("XX"), PartyId("YY")), [("UNKNOWN_RECIPIENT", "BY.GTK | RU.FTS")] * 2),
        ((KZ,), [("UNKNOWN_RECIPIENT", "BY.GTK | RU.FTS")]),
    ],
)
def test_recipients_are_partners_under_the_agreement(
    to: tuple[PartyId, ...], found: list[tuple[str, str]], kz: Gateway
) -> None:
    """Not oneself, not a stranger; with several, one must be named."""
    faults = refusal(kz, posted(kz, PLAIN, to=to)).faults

    assert [(fault.code.name, fault.expected) for fault in faults] == found


def test_recipient_without_the_agreement_is_unknown(kz: Gateway) -> None:
    """A partner under another agreement is none under this; with nobody left, the fault says so."""
    parties = {
        name: replace(party, agreements=frozenset() if name != KZ else party.agreements)
        for name, party in kz.register.parties.items()
    }

    (fault,) = refusal(changed(kz, parties=parties), posted(kz, PLAIN)).faults

    assert (fault.code, fault.expected) == (ErrorCode.UNKNOWN_RECIPIENT, "no party under this agreement yet")


def test_recipient_of_another_environment_is_refused(kz: Gateway) -> None:
    """Test traffic never reaches a production gateway."""
    partner = replace(kz.register.parties[BY], environment=Environment.PRODUCTION)
    mixed = changed(kz, parties={**kz.register.parties, BY: partner})

    assert codes(refusal(mixed, posted(mixed, PLAIN)).faults) == ["ENVIRONMENT_MISMATCH"]
    assert made(mixed, posted(mixed, PLAIN, to=(RU,))).recipients[0].id == RU


def test_system_sends_only_what_it_may(kz: Gateway) -> None:
    """The types it may send are in the answer."""
    (system,) = kz.register.systems.values()
    limited = changed(kz, systems={system.id: replace(system, may_send=frozenset({"B", "A"}))})

    (fault,) = refusal(limited, posted(limited, PLAIN)).faults

    assert (fault.code, fault.expected) == (ErrorCode.NOT_AUTHORISED, "A | B")


def test_sender_must_be_a_party_to_the_agreement(by: Gateway) -> None:
    """A known partner under another agreement is refused (P-Mode)."""
    outside = replace(by.register.parties[KZ], agreements=frozenset({"other"}))
    gateway = changed(by, parties={**by.register.parties, KZ: outside})

    (fault,) = refusal(gateway, arrived(by, PLAIN, header())).faults

    assert (fault.code, fault.path) == (ErrorCode.UNKNOWN_TYPE, "eb:From")


def test_each_recipient_gets_a_header(kz: Gateway) -> None:
    """Numbered MessageIds under one submission, one conversation; a name given twice counts once."""
    found = made(kz, posted(kz, PLAIN, to=(BY, RU, BY), message_id=MessageId("m@x")))

    assert [(head.recipient, head.message_id) for head in found.headers] == [(BY, "m.1@x"), (RU, "m.2@x")]
    assert {head.conversation_id for head in found.headers} == {"m@x"}
    assert [party.member for party in found.recipients] == [Member("BY"), Member("RU")]


def test_numbered_id_is_one_that_partners_take() -> None:
    """Any MessageId that is taken for several recipients is still one on the wire."""
    longest = MessageId("m" * 120 + "@x")
    assert MESSAGE_ID.fullmatch(longest)

    assert MESSAGE_ID.fullmatch(message_id_for(longest, 2, 2))


def test_day_counts_in_utc(kz: Gateway) -> None:
    """An agreement begins at midnight UTC, not a second earlier."""
    gateway = agreed(kz, valid_from=date(2026, 6, 1))
    midnight = 1_780_272_000

    known = screened(gateway, posted(gateway, PLAIN))
    with pytest.raises(Rejected) as caught:
        validate(known, gateway.register, Micros(midnight * SECOND - 1))

    assert caught.value.first is ErrorCode.NOT_IN_FORCE
    assert validate(known, gateway.register, Micros(midnight * SECOND)).headers


def test_document_is_judged_by_its_agreed_schema(kz: Gateway) -> None:
    """What is valid under it goes on as the same tree."""
    received: Received = posted(kz, PLAIN)
    register: Register = kz.register

    found = validate(screened(kz, received), register, NOW)

    assert found.screened.document.tag == found.message_type.root
