"""Which P-Mode a partner's message is under, by everything its header says (ebMS 4.1; eDelivery AS4 1.4.2.2).

1. the party, by PartyId and its type
2. a value without a type is a URI, or it is EBMS:0003
3. of its P-Modes those that each further field allows; a field that none allows is EBMS:0010
4. one is left; or several that say the same, and the document tells the agreement
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.core.agreement import Agreement, Party, Register
from gateway.core.ebms import TEST_ACTION, TEST_SERVICE
from gateway.core.errors import ErrorCode, Fault
from gateway.core.message import Stated
from gateway.core.names import PartyId
from gateway.core.own_properties import taken_off
from gateway.core.pmode import DEFAULT_MPC, FOUR_CORNERS, PMode
from gateway.core.texts import say

URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")  # as xs:anyURI: beyond ASCII, too


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a message states, in our own words for parties and agreement, and the P-Mode it is under."""

    stated: Stated
    pmode: PMode  # where there are faults: the one that fits best, by which the sender can still be proved
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One P-Mode of the sender as its messages must look under it."""

    ref: str  # id:version; empty: under no agreement
    pmode: PMode
    agreement: Agreement | None
    sender: PartyId
    own: PartyId
    environment: str  # the sender's
    pulled: str = ""  # the channel that we pull from the sender

    @property
    def channels(self) -> set[str]:
        """Those that its messages may name."""
        return {DEFAULT_MPC, self.pmode.mpc, *([self.pulled] if self.pulled else [])}

    @property
    def reference(self) -> str:
        """The value of eb:AgreementRef."""
        return self.pmode.agreement_ref or self.ref

    @property
    def to(self) -> str:
        """Our PartyId towards the sender."""
        return self.pmode.own_party_id or self.own

    @property
    def services(self) -> list[str]:
        """Those of the agreement."""
        kinds = self.agreement.messages.values() if self.agreement else ()
        return sorted({kind.service for kind in kinds})


def sender_of(stated: Stated, register: Register) -> Party | None:
    """The party that eb:From names: by a PartyId and type that some P-Mode with it has, else by the PartyId alone."""
    wire = stated.wire
    alike = [party for party in register.parties.values() if wire.sender in _names(party)]
    typed = [party for party in alike if wire.types[0] in _names(party)[wire.sender]]
    return next(iter(typed or alike), None)


def _names(party: Party) -> dict[str, set[str]]:
    """The party's PartyIds on the wire, each with its types."""
    found: dict[str, set[str]] = {}
    for pmode in (*party.pmodes.values(), party.pmode()):
        found.setdefault(pmode.party_id or party.id, set()).add(pmode.party_type)
    return found


def agreed(stated: Stated, sender: Party, register: Register) -> Agreed:
    """The P-Mode for the sender's message; a fault, EBMS:0010 or 0003, for every field that has no agreed value."""
    stated = _apart(stated, sender)
    rows, faults = _rows(stated, sender, register), list[Fault]()
    if not rows:
        nothing = Fault(ErrorCode.UNKNOWN_TYPE, "eb:From", expected=say("party_to_agreement"))
        return Agreed(replace(stated, sender=sender.id), sender.pmode(), (nothing,))
    for field in FIELDS:
        left = [row for row in rows if field.fits(stated, row)]
        if left:
            rows = left
        else:
            expected = " | ".join(dict.fromkeys(field.agreed(row) for row in rows))
            faults.append(Fault(field.code, field.path, expected=expected or say("none_agreed")))
    if _is_test(stated) and not stated.agreement:
        rows = [row for row in rows if not row.ref] or rows  # under no agreement, where it names none and that fits
    if not faults and any(row.pmode != rows[0].pmode for row in rows):
        refs = " | ".join(row.reference for row in rows)
        faults.append(Fault(ErrorCode.EBMS_0010, "eb:AgreementRef", expected=refs))
    if faults := list(_untyped(stated)) or faults:
        return Agreed(replace(stated, sender=sender.id), rows[0].pmode, tuple(faults))
    return Agreed(_in_our_words(stated, rows), rows[0].pmode)


def _apart(stated: Stated, sender: Party) -> Stated:
    """What binds the message to the sender's log stands apart from its properties."""
    pmodes = (*sender.pmodes.values(), sender.pmode())
    others, linked = taken_off(stated.properties, frozenset().union(*(pmode.properties for pmode in pmodes)))
    return replace(stated, properties=others, linked=linked)


def _untyped(stated: Stated) -> Iterator[Fault]:
    """What has no type and is no URI (ebMS 5.2.2.3, 5.2.2.8): products send it, so it is said of proven senders only."""
    wire = stated.wire
    for path, value, kind in (
        ("eb:From/eb:PartyId", wire.sender, wire.types[0]),
        ("eb:To/eb:PartyId", wire.recipient, wire.types[1]),
        ("eb:Service", stated.service, wire.service_type),
    ):
        if not kind and not URI.fullmatch(value):
            yield Fault(ErrorCode.EBMS_0003, path, expected=say("uri_or_type"))


def _rows(stated: Stated, sender: Party, register: Register) -> list[Row]:
    """The P-Modes that may be meant: a test message may be under any, or under none (ebMS 5.2.2)."""
    own, environment = register.own.id, sender.environment.value
    pulled = sender.pull.mpc if sender.pull else ""
    shared = [found for found in register.agreements if found.id in sender.agreements]
    rows = [Row(found.ref, sender.pmode(found.ref), found, sender.id, own, environment, pulled) for found in shared]
    alone = Row("", sender.pmode(), None, sender.id, own, environment, pulled)
    return [*rows, alone] if _is_test(stated) else rows


def _is_test(stated: Stated) -> bool:
    return (stated.service, stated.action) == (TEST_SERVICE, TEST_ACTION)


def _in_our_words(stated: Stated, rows: Sequence[Row]) -> Stated:
    """Parties and agreement as our files name them; the agreement stays open where the document must tell it."""
    first = rows[0]
    ref = first.ref if len(rows) == 1 else stated.agreement
    # A product that does not say its environment is known by its party's file, which says it.
    environment = stated.environment or ("" if first.pmode.gateway_properties else first.environment)
    return replace(stated, sender=first.sender, recipients=(first.own,), agreement=ref, environment=environment)


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the header: where it stands, what a P-Mode wants there, whether that is what is stated."""

    path: str
    agreed: Callable[[Row], str]
    fits: Callable[[Stated, Row], bool]
    code: ErrorCode = ErrorCode.EBMS_0010


def _named(stated: Stated, row: Row) -> bool:
    """The agreement's published name; where it has none of its own, its id will do."""
    plain = row.ref.partition(":")[0]
    return stated.agreement in {"", row.reference} or (not row.pmode.agreement_ref and stated.agreement == plain)


def _types(row: Row) -> tuple[str, str]:
    return row.pmode.types(outgoing=False)


def _roles(row: Row) -> tuple[str, str]:
    return row.pmode.roles(outgoing=False)


def _actions(row: Row, service: str) -> list[str]:
    kinds = row.agreement.messages.values() if row.agreement else ()
    return sorted({kind.type for kind in kinds if service in {"", kind.service}})


def _properties(row: Row) -> frozenset[str]:
    return row.pmode.properties.union(FOUR_CORNERS)


FIELDS = (
    Field("eb:AgreementRef", lambda row: row.reference, _named),
    Field(
        "eb:AgreementRef/@type",
        lambda row: row.pmode.agreement_type,
        lambda stated, row: not stated.agreement or stated.wire.agreement_type == row.pmode.agreement_type,
    ),
    Field(
        "eb:AgreementRef/@pmode",
        lambda row: row.pmode.pmode_id,
        # One that we do not know by any name is the sender's own affair (AS4 1.0: need not be sent).
        lambda stated, row: (
            not (row.pmode.pmode_id and stated.wire.pmode_id) or stated.wire.pmode_id == row.pmode.pmode_id
        ),
    ),
    Field(
        "eb:From/eb:PartyId",
        lambda row: row.pmode.party_id or row.sender,
        lambda stated, row: stated.wire.sender == (row.pmode.party_id or row.sender),
    ),
    Field(
        "eb:From/eb:PartyId/@type",
        lambda row: _types(row)[0],
        lambda stated, row: stated.wire.types[0] == _types(row)[0],
    ),
    Field("eb:From/eb:Role", lambda row: _roles(row)[0], lambda stated, row: stated.wire.roles[0] == _roles(row)[0]),
    Field(
        "eb:To", lambda row: row.to, lambda stated, row: stated.wire.recipient == row.to, ErrorCode.UNKNOWN_RECIPIENT
    ),
    Field(
        "eb:To/eb:PartyId/@type", lambda row: _types(row)[1], lambda stated, row: stated.wire.types[1] == _types(row)[1]
    ),
    Field("eb:To/eb:Role", lambda row: _roles(row)[1], lambda stated, row: stated.wire.roles[1] == _roles(row)[1]),
    Field(
        "eb:Service/@type",
        lambda row: row.pmode.service_type,
        lambda stated, row: _is_test(stated) or stated.wire.service_type == row.pmode.service_type,
    ),
    Field(
        "eb:Service",
        lambda row: " | ".join(row.services),
        lambda stated, row: _is_test(stated) or stated.service in row.services,
    ),
    Field(
        "eb:Action",
        lambda row: " | ".join(_actions(row, "")),
        lambda stated, row: _is_test(stated) or stated.action in _actions(row, stated.service),
    ),
    Field(
        "eb:UserMessage/@mpc",
        lambda row: " | ".join(sorted(row.channels)),
        lambda stated, row: not stated.wire.mpc or stated.wire.mpc in row.channels,
    ),
    Field(
        "eb:MessageProperties",
        lambda row: " | ".join(sorted(_properties(row))),
        lambda stated, row: all(found.name in _properties(row) for found in stated.properties),
    ),
)
