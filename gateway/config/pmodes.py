"""The [pmode] sections of agreement and party files, over a named profile, become each party's P-Modes."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints

from gateway.config.faults import Faults
from gateway.config.strict import Name, Strict
from gateway.core.agreement import Agreement, MessageType, Party
from gateway.core.names import PartyId
from gateway.core.own_properties import NAMES
from gateway.core.pmode import (
    DATA_ENCRYPTIONS,
    DEFAULT_PROFILE,
    KEY_TRANSPORTS,
    PROFILES,
    SHA2,
    SIGNATURES,
    Binding,
    BusinessFaults,
    PMode,
    Token,
)
from gateway.core.properties import OWN

# Tokens of one line, as the header's schema has them (ebMS 3.0: non-empty-string, collapsed here).
Text = Annotated[str, StringConstraints(pattern=r"^([!-~]([ -~]{0,253}[!-~])?)?$")]
Stated = Annotated[str, StringConstraints(pattern=r"^[!-~]([ -~]{0,253}[!-~])?$")]
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
PARTY = "{party}"
PLAIN = "plain-tls"
OURS = "sha256"
OF_THE_PROFILE = "; absent: the profile's"


def _one_of(names: Collection[str]) -> AfterValidator:
    """Refuses a name that the table does not have."""

    def check(found: str) -> str:
        if found not in names:
            raise ValueError(f"expected one of {', '.join(names)}")
        return found

    return AfterValidator(check)


def _some(found: tuple[str, ...]) -> tuple[str, ...]:
    """Refuses an empty list."""
    if not found:
        raise ValueError("expected one name or more")
    return found


def _with_ours(found: tuple[str, ...]) -> tuple[str, ...]:
    """Refuses a list without the digest that is kept of every part and that we sign by."""
    if OURS not in found:
        raise ValueError(f"expected {OURS} among them: ours")
    return found


Method = Annotated[str, _one_of(SIGNATURES)]
Digest = Annotated[str, _one_of(SHA2)]
Methods = Annotated[tuple[Method, ...], AfterValidator(_some)]
Digests = Annotated[tuple[Digest, ...], AfterValidator(_with_ours)]


class PModeSection(Strict):
    """The P-Mode: how messages travel. An agreement's holds for all parties, a party's goes before it; profiles.md."""

    profile: Annotated[str, _one_of(PROFILES)] | None = Field(
        None, description=f"{', '.join(PROFILES)}: what all other keys are by default; absent: {DEFAULT_PROFILE}"
    )
    binding: Binding | None = Field(
        None, description="push: we post to the party; pull: it comes for messages; absent: push"
    )
    mpc: Stated | None = Field(
        None, description="eb:UserMessage/@mpc; {party} stands for the party's id; absent: the default channel of ebMS"
    )
    party_id: Text | None = Field(None, description="the party's eb:PartyId; absent: its file's id")
    own_party_id: Text | None = Field(None, description="our eb:PartyId towards it; absent: our file's id")
    party_type: Text | None = Field(
        None, description="@type of the party's PartyId; empty: none, it is a URI" + OF_THE_PROFILE
    )
    own_party_type: Text | None = Field(None, description="@type of our PartyId; absent: as party_type")
    initiator_role: Stated | None = Field(None, description="eb:Role of whoever sends" + OF_THE_PROFILE)
    responder_role: Stated | None = Field(None, description="eb:Role of whoever receives" + OF_THE_PROFILE)
    party_role: Text | None = Field(None, description="the party's eb:Role in both directions; absent: by who sends")
    own_role: Text | None = Field(None, description="our eb:Role in both directions; absent: by who sends")
    agreement_ref: Text | None = Field(None, description="eb:AgreementRef; absent: id:version of the agreement")
    agreement_type: Text | None = Field(None, description="eb:AgreementRef/@type; absent: none")
    agreement_stated: bool | None = Field(None, description="false: our messages bear no eb:AgreementRef; absent: true")
    pmode_id: Text | None = Field(None, description="eb:AgreementRef/@pmode; absent: none")
    service_type: Text | None = Field(None, description="eb:Service/@type; absent: none, every service is a URI")
    properties: frozenset[Name] | None = Field(
        None,
        description="names of message properties that may travel besides originalSender, finalRecipient, trackingIdentifier; absent: none",
    )
    gateway_properties: bool | None = Field(
        None,
        description="environment, purpose and deadline travel as message properties; false: the other product knows none of them; absent: true",
    )
    sign: bool | None = Field(None, description="messages, receipts and errors are signed, both ways" + OF_THE_PROFILE)
    signature_methods: Methods | None = Field(
        None, description="accepted; ours is the first that fits our key: " + ", ".join(SIGNATURES) + OF_THE_PROFILE
    )
    digests: Digests | None = Field(None, description=f"accepted; ours is {OURS}: {', '.join(SHA2)}{OF_THE_PROFILE}")
    token: Token | None = Field(
        None, description=f"how our certificate is named: {', '.join(Token)}; all are understood{OF_THE_PROFILE}"
    )
    suite: Name | Literal[""] | None = Field(
        None, description="national algorithms: of [suite.<name>] in gateway.toml; absent: none"
    )
    encrypt: bool | None = Field(None, description="payloads are encrypted, both ways" + OF_THE_PROFILE)
    data_encryption: Annotated[str, _one_of(DATA_ENCRYPTIONS)] | None = Field(
        None, description=", ".join(DATA_ENCRYPTIONS) + OF_THE_PROFILE
    )
    key_transport: Annotated[str, _one_of(KEY_TRANSPORTS)] | None = Field(
        None, description=", ".join(KEY_TRANSPORTS) + OF_THE_PROFILE
    )
    business_faults: BusinessFaults | None = Field(
        None,
        description="what answers faulty content: error, or signal (a receipt, then the signal «error»); absent: error",
    )


@dataclass(frozen=True, slots=True)
class Source:
    """A file's [pmode], and where it stands."""

    path: Path
    section: PModeSection


def agree(
    parties: Mapping[PartyId, tuple[Party, Source]],
    agreements: Sequence[tuple[Agreement, Source]],
    suites: Collection[str],
    own: str,
    faults: Faults,
) -> dict[PartyId, Party]:
    """Every party with its P-Modes; what contradicts itself or another party's is a fault of the file that says so."""
    told: set[tuple[str, str]] = set()
    for agreement, source in agreements:
        problems = list(_contradictions(merged(source.section), agreement, suites))
        told |= {(agreement.ref, key) for key, _ in problems}
        _add(source.path, problems, faults)
    found = {}
    for name, (party, source) in parties.items():
        shared = [row for row in agreements if row[0].id in party.agreements]
        pmodes = {"": _of(name, source.section)}
        pmodes |= {agreement.ref: _of(name, default.section, source.section) for agreement, default in shared}
        problems = list(_contradictions(pmodes[""], None, suites))
        for agreement, _ in shared:
            rows = _contradictions(pmodes[agreement.ref], agreement, suites)
            problems += [row for row in rows if (agreement.ref, row[0]) not in told]
        linked = _of_log(pmodes) if party.log and name != own else ()
        _add(source.path, dict.fromkeys([*problems, *_of_party(name, pmodes), *linked]), faults)
        found[name] = replace(party, pmodes=pmodes)
    _compare({name: party for name, party in found.items() if name != own}, parties, faults)
    return found


def merged(*sections: PModeSection) -> PMode:
    """The profile that the last section to name one names, with what the sections say, the last before the others."""
    named = [section.profile for section in sections if section.profile]
    values: dict[str, Any] = {}
    for section in sections:
        values |= {key: value for key, value in section if value is not None and key != "profile"}
    return replace(PROFILES[named[-1] if named else DEFAULT_PROFILE], **values)


def _of(name: PartyId, *sections: PModeSection) -> PMode:
    """The P-Mode with one party: a channel that names the party is its own."""
    found = merged(*sections)
    return replace(found, mpc=found.mpc.replace(PARTY, found.party_id or name))


def _of_log(pmodes: Mapping[str, PMode]) -> Iterator[tuple[str, str]]:
    """To a partner with a log, what binds messages to logs has its own properties."""
    if taken := sorted(NAMES.intersection(name for each in pmodes.values() for name in each.properties)):
        yield "properties", f"{', '.join(taken)}: told to partners with [log] by the gateway itself"


def _add(path: Path, problems: Iterable[tuple[str, str]], faults: Faults) -> None:
    for key, problem in problems:
        faults.add(path, f"pmode.{key}", problem)


def _contradictions(pmode: PMode, agreement: Agreement | None, suites: Collection[str]) -> Iterator[tuple[str, str]]:
    """Key and problem of every setting that another one excludes."""
    if pmode.profile == PLAIN and (pmode.sign or pmode.encrypt):
        yield "profile", f"{PLAIN} neither signs nor encrypts; expected another profile, or no sign and encrypt"
    elif not pmode.sign and pmode.profile != PLAIN:
        yield "sign", f'false; unsigned messages are profile = "{PLAIN}"'
    if pmode.encrypt and not pmode.sign:
        yield "encrypt", "true, but sign is false: payloads are encrypted in signed messages only"
    if bool(pmode.own_role) != bool(pmode.party_role):
        yield "own_role", "expected both own_role and party_role, or neither"
    if reserved := sorted(pmode.properties.intersection(OWN)):
        yield "properties", f"{', '.join(reserved)}: gateways of this kind tell each other these themselves"
    if pmode.suite and pmode.suite not in suites:
        yield "suite", f"no [suite.{pmode.suite}] in gateway.toml; there are: {', '.join(suites) or 'none'}"
    if agreement is None:
        return
    if pmode.business_faults is BusinessFaults.SIGNAL and agreement.signals is None:
        yield "business_faults", f"signal, but {agreement.ref} has no [signals]"
    elif pmode.business_faults is BusinessFaults.SIGNAL and not all(map(_named, agreement.messages.values())):
        # A signal names the document that it is about by its own id.
        yield "business_faults", f"signal: expected in [pmode] of {agreement.id}.toml, for all its parties"
    yield from _services(pmode, {kind.service for kind in agreement.messages.values()})


def _named(kind: MessageType) -> bool:
    """Whether a signal could name the type's documents; signals themselves are not answered by signals."""
    return bool(kind.signals) or "document" in dict(kind.index)


def _services(pmode: PMode, services: Collection[str]) -> Iterator[tuple[str, str]]:
    wrong = sorted(service for service in services if not pmode.service_type and not URI.fullmatch(service))
    if wrong:
        yield "service_type", f"expected one, because the service {wrong[0]} is no URI (ebMS 5.2.2.8)"


def _of_party(name: PartyId, pmodes: Mapping[str, PMode]) -> Iterator[tuple[str, str]]:
    """What contradicts itself in the P-Modes of one party."""
    for pmode in pmodes.values():
        if not pmode.party_type and not URI.fullmatch(pmode.party_id or name):
            yield "party_id", "expected a URI, because party_type is empty (ebMS 5.2.2.3)"
    named = [(pmode.agreement_ref or ref, pmode.agreement_type) for ref, pmode in pmodes.items() if ref]
    for value, _ in sorted({row for row in named if named.count(row) > 1}):
        yield "agreement_ref", f"{value} stands for several agreements"


def _compare(found: Mapping[PartyId, Party], sources: Mapping[PartyId, tuple[Party, Source]], faults: Faults) -> None:
    """Two parties have neither the same PartyId on the wire nor the same channel to pull from."""
    for key, said in (("party_id", _identities), ("mpc", _channels)):
        first: dict[tuple[str, str], PartyId] = {}
        for name, party in found.items():
            for value in sorted(said(party)):
                other = first.setdefault(value, name)
                if other != name:
                    problem = f"{value[1]} is {other}'s already; expected one of its own"
                    faults.add(sources[name][1].path, f"pmode.{key}", problem)


def _identities(party: Party) -> set[tuple[str, str]]:
    return {(pmode.party_type, pmode.party_id or party.id) for pmode in party.pmodes.values()}


def _channels(party: Party) -> set[tuple[str, str]]:
    return {("", pmode.mpc) for pmode in party.pmodes.values() if pmode.binding is Binding.PULL}
