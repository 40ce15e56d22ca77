"""Reads a Domibus P-Mode file: which parties are in it, and what it says about one of them and us.

The form is Domibus' own (namespace http://domibus.eu/configuration). Names in it refer to each other; a name that
refers to nothing is a fault of the file, and what this gateway cannot do is said, never dropped in silence.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from gateway.core.agreement import Limits
from gateway.core.errors import Rejected
from gateway.core.pmode import CORE, INITIATOR, RESPONDER, Binding, Token
from gateway.core.xml import parse
from gateway.onboarding.domibus import DB, ONE_WAY
from gateway.onboarding.pairing import TEST_SERVICE

LIMITS = Limits(body=8 * 1024**2)
SIGN_ONLY, UNSIGNED, ENCRYPTED = "ics2", "plain-tls", "edelivery-1.15"
# The beginning of a policy file's name, in lower case -> profile, token. The longest one that fits is meant.
POLICIES: Mapping[str, tuple[str, Token]] = {
    "edeliveryas4policy": (ENCRYPTED, Token.SKI),
    "edeliveryas4policy_bst": (ENCRYPTED, Token.BST),
    "edeliveryas4policy_bst_pkip": (ENCRYPTED, Token.PKIPATH),
    "edeliveryas4policy_is": (ENCRYPTED, Token.ISSUER_SERIAL),
    "signonly": (SIGN_ONLY, Token.BST),
    "gateway-sign-x509v3": (SIGN_ONLY, Token.BST),
    "gateway-sign-pkipath": (SIGN_ONLY, Token.PKIPATH),
    "gateway-sign-ski": (SIGN_ONLY, Token.SKI),
    "gateway-sign-issuer-serial": (SIGN_ONLY, Token.ISSUER_SERIAL),
    "donothing": (UNSIGNED, Token.BST),
    "nosignoenc": (UNSIGNED, Token.BST),
}
ECC_PROFILE = "edelivery-2.0"


class FormError(Exception):
    """The file is no Domibus P-Mode, or contradicts itself."""


@dataclass(frozen=True, slots=True)
class Named:
    """A party of the file."""

    name: str
    id: str
    type: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Leg:
    """One message that the file allows between two parties."""

    agreement: str  # value; empty: none
    agreement_type: str
    service: str
    service_type: str
    action: str
    roles: tuple[str, str]  # of From and To
    senders: frozenset[str]  # names of the parties that may send it
    binding: Binding
    policy: str
    profile: str  # ours; empty: the policy's name says nothing to us
    token: Token
    mpc: str
    compress: bool
    retry: str
    duplicates: bool
    receipt: bool
    properties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a file says of one partner and us: every leg between the two, and what could not be taken over."""

    partner: Named
    legs: tuple[Leg, ...]
    remarks: tuple[str, ...]


class File:
    """A P-Mode file whose names have been looked up."""

    def __init__(self, body: bytes) -> None:
        """Read it within the limits of every other document; FormError where it is none."""
        try:
            root = parse(body, LIMITS)
        except Rejected as refusal:
            raise FormError(f"{refusal.first.code} {refusal.first.meaning}") from None
        if etree.QName(root) != etree.QName(DB, "configuration"):
            raise FormError(f"the root is {root.tag!s}; expected {{{DB}}}configuration")
        self._processes = root.find("businessProcesses")
        if self._processes is None:
            raise FormError("there is no businessProcesses in it")
        self._mpcs = {each.get("name", ""): each.get("qualifiedName", "") for each in root.iterfind("mpcs/mpc")}
        self._types = {each.get("name", ""): each.get("value", "") for each in self._all("parties/partyIdTypes/*")}
        self.parties = tuple(self._party(each) for each in self._all("parties/party"))
        self.owner = root.get("party", "")

    def choose(self, wanted: str, own: str) -> Named:
        """The party that is wanted by name or PartyId; else the one whose file it is; else the only other one."""
        if wanted:
            found = [each for each in self.parties if wanted in (each.name, each.id)]
        else:
            others = [each for each in self.parties if own not in (each.name, each.id)]
            found = [each for each in others if each.name == self.owner] or others
        if len(found) != 1:
            names = ", ".join(f"{each.name} ({each.id})" for each in self.parties) or "none"
            raise FormError(f"which party is meant is not clear; in the file: {names}")
        return found[0]

    def us(self, own: str) -> Named | None:
        """Ourselves, by name or PartyId; None where the file does not know us."""
        return next((each for each in self.parties if own in (each.id, each.name)), None)

    def between(self, partner: Named, own: str) -> Found:
        """Every leg of every process that both are in; `own` is our name there or our PartyId."""
        us = self.us(own)
        ours = us.name if us else ""
        legs: list[Leg] = []
        remarks: list[str] = []
        for process in self._all("process"):
            sides = [self._sides(process, kind) for kind in ("initiator", "responder")]
            if ours and partner.name in sides[0] | sides[1] and ours in sides[0] | sides[1]:
                remarks += self._unlike(process)
                legs += list(self._legs(process))
        if not ours:
            remarks.append(f"{own} is no party of the file: the partner has to add it and upload the file again")
        elif not legs:
            remarks.append(f"no process of the file has both {partner.name} and {ours}")
        return Found(partner, tuple(legs), tuple(dict.fromkeys(remarks)))

    def _all(self, path: str) -> Sequence[etree._Element]:
        return self._processes.findall(path)  # type: ignore[union-attr]

    def _party(self, element: etree._Element) -> Named:
        identifiers = element.findall("identifier")
        if not identifiers:
            raise FormError(f"party {element.get('name')} has no identifier")
        first = identifiers[0]
        kind = first.get("partyIdType", "")
        return Named(
            element.get("name", ""), first.get("partyId", ""), self._types.get(kind, ""), element.get("endpoint", "")
        )

    def _sides(self, process: etree._Element, kind: str) -> frozenset[str]:
        return frozenset(each.get("name", "") for each in process.iterfind(f"{kind}Parties/{kind}Party"))

    def _unlike(self, process: etree._Element) -> Iterator[str]:
        """What a process asks for that this gateway does otherwise."""
        name = process.get("name")
        binding, mep = self._row("meps/binding", process, "binding"), self._row("meps/mep", process, "mep")
        if binding is not None and _last(binding) not in {each.value for each in Binding}:
            yield f"process {name}: binding {binding.get('value')}: each direction is a push of its own here"
        if mep is not None and mep.get("value") != ONE_WAY:
            yield f"process {name}: {mep.get('value')}: answers are one-way messages with RefToMessageId here"

    def _legs(self, process: etree._Element) -> Iterator[Leg]:
        for each in process.iterfind("legs/leg"):
            leg = self._row("legConfigurations/legConfiguration", each, "name")
            if leg is None:
                raise FormError(f"process {process.get('name')}: no legConfiguration {each.get('name')}")
            yield self._leg(process, leg)

    def _leg(self, process: etree._Element, leg: etree._Element) -> Leg:
        agreement = self._row("agreements/agreement", process, "agreement")
        service, action = self._need("services/service", leg, "service"), self._need("actions/action", leg, "action")
        security = self._need("securities/security", leg, "security")
        awareness = self._row("as4/receptionAwareness", leg, "receptionAwareness")
        reliability = self._row("as4/reliability", leg, "reliability")
        binding = self._row("meps/binding", process, "binding")
        pulled = binding is not None and _last(binding) == "pull"
        profile, token = _profile(security)
        return Leg(
            _get(agreement, "value"),
            _get(agreement, "type"),
            service.get("value", ""),
            service.get("type", ""),
            action.get("value", ""),
            self._roles(process),
            self._sides(process, "responder" if pulled else "initiator"),
            Binding.PULL if pulled else Binding.PUSH,
            security.get("policy", ""),
            profile,
            token,
            self._mpcs.get(leg.get("defaultMpc", ""), ""),
            leg.get("compressPayloads") == "true",
            _get(awareness, "retry"),
            _get(awareness, "duplicateDetection") == "true",
            _get(reliability, "nonRepudiation") == "true",
            self._set(leg.get("propertySet", "")),
        )

    def _roles(self, process: etree._Element) -> tuple[str, str]:
        """Of whoever sends and of whoever receives: since Domibus 5.1.4 a pulled message's, too."""
        initiator, responder = (self._row("roles/role", process, f"{kind}Role") for kind in ("initiator", "responder"))
        return _get(initiator, "value") or INITIATOR, _get(responder, "value") or RESPONDER

    def _set(self, name: str) -> tuple[str, ...]:
        """The keys of the message properties that a set allows."""
        keys = {each.get("name", ""): each.get("key", "") for each in self._all("properties/property")}
        rows = self._all("properties/propertySet")
        refs = [ref for each in rows if each.get("name") == name for ref in each.iterfind("propertyRef")]
        return tuple(keys.get(ref.get("property", ""), "") for ref in refs)

    def _row(self, path: str, referring: etree._Element, attribute: str) -> etree._Element | None:
        """The element of that path that the attribute names."""
        name = referring.get(attribute, "")
        return next((each for each in self._all(path) if name and each.get("name") == name), None)

    def _need(self, path: str, referring: etree._Element, attribute: str) -> etree._Element:
        found = self._row(path, referring, attribute)
        if found is None:
            kind = path.rpartition("/")[2]
            raise FormError(f"leg {referring.get('name')}: no {kind} {referring.get(attribute)} in the file")
        return found


def tested(found: Found) -> bool:
    """Whether the partner's file has the test service, so that `gateway ping` is answered."""
    return any(leg.service == TEST_SERVICE for leg in found.legs)


def _profile(security: etree._Element) -> tuple[str, Token]:
    """Our profile and token for a policy's name; no profile where the name is none that we know."""
    name = security.get("policy", "").lower().removesuffix(".xml")
    fits = [each for each in POLICIES if name.startswith(each)]
    if not fits:
        return "", Token.BST
    profile, token = POLICIES[max(fits, key=len)]
    if profile == ENCRYPTED and security.get("profile", "").upper() == "ECC":
        return ECC_PROFILE, token
    return profile, token


def _last(binding: etree._Element) -> str:
    """The name at the end of a binding's URI, of the published namespace or of an older one."""
    return binding.get("value", "").removeprefix(CORE).rpartition("/")[2]


def _get(element: etree._Element | None, name: str) -> str:
    return "" if element is None else element.get(name, "")
