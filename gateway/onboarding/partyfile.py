"""A party's file as text, and what of a Domibus P-Mode goes into it."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from gateway.core.pmode import (
    DEFAULT_MPC,
    DEFAULT_PROFILE,
    FOUR_CORNERS,
    INITIATOR,
    PARTY_TYPE,
    PROFILES,
    RESPONDER,
    Binding,
)
from gateway.onboarding.domibus_read import Found, Leg, Named, tested
from gateway.onboarding.pairing import GATEWAY_PROPERTIES, TEST_SERVICE

Value = str | bool | Sequence[str]
SAID = frozenset({  # keys of [pmode] about which a Domibus P-Mode has the word, absent ones included
    *("profile", "binding", "mpc", "party_id", "own_party_id", "party_type", "own_party_type", "initiator_role"),
    *("responder_role", "own_role", "party_role", "agreement_type", "service_type", "properties", "gateway_properties"),
    "token",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drafted:
    """What stands in a party's file; `pmode` holds only what its profile does not say already."""

    id: str
    member: str
    authority: str
    environment: str
    endpoint: str
    agreements: Sequence[str]
    pmode: Mapping[str, Value] = field(default_factory=dict)
    pulled_from: str = ""  # the channel from which we pull; empty: the party pushes
    own_messages: bool = False  # whether its messages have certificates of their own: <id>.as4.pem


@dataclass(frozen=True, slots=True)
class Taken:
    """What a Domibus P-Mode says, in our words; `refs` are the agreements' references that the file knows."""

    partner: Named
    own_id: str  # our PartyId in the file; empty: we are not in it
    pmode: Mapping[str, Value]
    pulled_from: str
    refs: frozenset[str]
    remarks: tuple[str, ...]


def text(drafted: Drafted, before: Mapping[str, Any] = MappingProxyType({})) -> str:
    """The TOML; what stood in the file before and is not said anew stays as it was."""
    rows: dict[str, Value] = {
        "id": drafted.id,
        "member": drafted.member,
        "authority": drafted.authority,
        "environment": drafted.environment,
        "endpoint": drafted.endpoint,
        "certificate": f"{drafted.id}.pem",
        "agreements": list(drafted.agreements),
    }
    tables: dict[str, Mapping[str, Value]] = {
        "messages": {"certificate": f"{drafted.id}.as4.pem"} if drafted.own_messages else {},
        "pull": {"mpc": drafted.pulled_from} if drafted.pulled_from else {},
        "pmode": drafted.pmode,
        "log": {},
    }
    kept = {key: value for key, value in before.items() if not isinstance(value, dict)}
    lines = [f"{key} = {_value(value)}" for key, value in (kept | rows).items()]
    for name, table in tables.items():
        if whole := {**before.get(name, {}), **table}:
            lines += ["", f"[{name}]", *(f"{key} = {_value(value)}" for key, value in whole.items())]
    return "\n".join(lines) + "\n"


def _value(value: Value) -> str:
    """TOML: JSON's form of texts, truths and lists of texts is one, too, but for DEL (TOML 1.0 2.4)."""
    written = json.dumps(value if isinstance(value, str | bool) else list(value), ensure_ascii=False)
    return written.replace("\x7f", "\\u007f")


def taken(found: Found, own: Named | None, messages: Collection[tuple[str, str]]) -> Taken:
    """The partner's settings in our words.

    `own`: us as the file has us. `messages`: service and action of everything that we exchange.
    """
    legs = [leg for leg in found.legs if leg.service != TEST_SERVICE] or list(found.legs)
    if own is None or not legs:
        return Taken(found.partner, own.id if own else "", {}, "", frozenset(), found.remarks)
    remarks = (*found.remarks, *_remarks(found, legs, messages))
    refs = frozenset(leg.agreement for leg in legs if leg.agreement)
    pulled = (leg.mpc for leg in legs if leg.binding is Binding.PULL and found.partner.name in leg.senders)
    return Taken(found.partner, own.id, _pmode(found.partner, own, legs), next(pulled, ""), refs, remarks)


def _pmode(partner: Named, own: Named, legs: Sequence[Leg]) -> dict[str, Value]:
    """The keys that the profile does not say already."""
    first = legs[0]
    profile = PROFILES[first.profile or DEFAULT_PROFILE]
    ours = next((leg for leg in legs if own.name in leg.senders), first)
    common = frozenset(FOUR_CORNERS) | frozenset(GATEWAY_PROPERTIES)
    rows: dict[str, tuple[Value, Value]] = {  # what is said, what is so without a word
        "profile": (profile.profile, DEFAULT_PROFILE),
        "binding": (ours.binding.value if own.name in ours.senders else Binding.PUSH.value, Binding.PUSH.value),
        "mpc": ((ours.mpc if own.name in ours.senders else "") or DEFAULT_MPC, DEFAULT_MPC),
        "party_type": (partner.type, PARTY_TYPE),
        "own_party_type": (own.type, partner.type),
        **_roles(partner, own, legs),
        "agreement_type": (first.agreement_type, ""),
        "service_type": (first.service_type, ""),
        "properties": (tuple(sorted({name for leg in legs for name in leg.properties} - common)), ()),
        # Only a gateway of this kind, or one that was set up for it, knows them.
        "gateway_properties": (frozenset(GATEWAY_PROPERTIES) <= frozenset(first.properties), True),
        "token": (first.token.value, profile.token.value if profile.sign else first.token.value),
    }
    return {key: said for key, (said, known) in rows.items() if said != known}


def _roles(partner: Named, own: Named, legs: Sequence[Leg]) -> dict[str, tuple[Value, Value]]:
    """Of whoever sends; where the two directions mirror each other, roles belong to the parties."""
    ours = next((leg.roles for leg in legs if own.name in leg.senders), ("", ""))
    theirs = next((leg.roles for leg in legs if partner.name in leg.senders), ours[::-1])
    if ours == theirs[::-1] and ours != theirs:
        return {"own_role": (ours[0], ""), "party_role": (ours[1], "")}
    return {"initiator_role": (theirs[0], INITIATOR), "responder_role": (theirs[1], RESPONDER)}


def _remarks(found: Found, legs: Sequence[Leg], messages: Collection[tuple[str, str]]) -> Iterator[str]:
    """What could not be taken over, and what the partner should look at."""
    first = legs[0]
    for policy in sorted({leg.policy for leg in legs if not leg.profile}):
        yield f"security policy {policy} is none that is known here: agree on a profile (docs/profiles.md), use --profile"
    for name in ("profile", "token", "service_type", "agreement_type"):
        if len({getattr(leg, name) for leg in legs}) > 1:
            yield f"legs differ in {name}; taken: {getattr(first, name)}"
    if any(not leg.compress for leg in legs):
        yield "compressPayloads is not true: what we send is compressed all the same, what comes uncompressed is taken"
    if any(not leg.duplicates for leg in legs):
        yield "duplicateDetection is not true: a repeat is answered with EBMS:0004, and a lost receipt stays unproven"
    if any(not leg.receipt for leg in legs) and first.profile != "plain-tls":
        yield "nonRepudiation is not true: a receipt without digests is refused here (EBMS:0302)"
    if any(not leg.retry for leg in legs):
        yield "a leg has no retry: what the partner sends while we are down fails at once"
    if not tested(found):
        yield "the test service is not in it: `gateway ping` will be answered with EBMS:0010"
    yield from _messages(legs, messages)


def _messages(legs: Collection[Leg], messages: Collection[tuple[str, str]]) -> Iterator[str]:
    """Which of our messages the file does not know, and which of its legs we do not."""
    there = {(leg.service, leg.action) for leg in legs if leg.service != TEST_SERVICE}
    for service, action in sorted(set(messages) - there):
        yield f"{action} of {service} is not in it: we would be answered with EBMS:0010"
    for service, action in sorted(there - set(messages)):
        yield f"{action} of {service} is in no agreement here: we would answer with EBMS:0010"
