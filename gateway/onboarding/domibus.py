"""A Domibus P-Mode file for this pair, from the partner's side: both parties, both directions, every message a leg.

The file's form is Domibus' own (namespace http://domibus.eu/configuration); the same file does on both sides of a
pair, but for the attribute `party`, which names whose it is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from gateway.core.pmode import CORE, DEFAULT_MPC, FOUR_CORNERS, Binding, PMode, Token
from gateway.onboarding.pairing import (
    GATEWAY_PROPERTIES,
    RETRY_COUNT,
    RETRY_MINUTES,
    TEST,
    Exchange,
    Pairing,
    Side,
    Terms,
    named,
    services,
)

DB = "http://domibus.eu/configuration"
ONE_WAY = CORE + "oneWay"
KEEP_MINUTES = "14400"  # ten days until an undelivered message is forgotten
OURS = "gateway"  # what a policy file of ours is called: gateway-<name>.xml, written beside the P-Mode
# (encrypted, how the certificate is named) -> a policy file that comes with Domibus; else one of ours
SHIPPED = {
    (True, Token.SKI): "eDeliveryAS4Policy.xml",
    (True, Token.BST): "eDeliveryAS4Policy_BST.xml",
    (True, Token.PKIPATH): "eDeliveryAS4Policy_BST_PKIP.xml",
    (True, Token.ISSUER_SERIAL): "eDeliveryAS4Policy_IS.xml",
}
UNSIGNED = "doNothingPolicy.xml"
# Domibus refuses a message with a property that its set does not name: everything our messages bear stands here.
REQUIRED = ("originalSender", "finalRecipient")
PROPERTIES = tuple((name, name in REQUIRED) for name in FOUR_CORNERS)


@dataclass(frozen=True, slots=True)
class Way:
    """A direction as Domibus' process has it."""

    binding: Binding
    mpc: str
    roles: tuple[str, str]  # of From and To
    initiators: tuple[Side, ...]
    responders: tuple[Side, ...]


def policy_of(pmode: PMode) -> str:
    """The policy file's name for the P-Mode's security."""
    if not pmode.sign:
        return UNSIGNED
    return SHIPPED.get((pmode.encrypt, pmode.token), f"{OURS}-sign-{pmode.token.value}.xml")


def write(pairing: Pairing) -> bytes:
    """The P-Mode file that the partner uploads; legs in the order of the agreements."""
    root = etree.Element(f"{{{DB}}}configuration", nsmap={"db": DB}, party=pairing.partner.id)
    every = (*pairing.terms, pairing.test)
    _mpcs(root, pairing)
    processes = etree.SubElement(root, "businessProcesses")
    _roles(processes, every)
    _parties(processes, (pairing.own, pairing.partner))
    _meps(processes)
    _properties(processes, every)
    # No payload profile: Domibus would demand Content-IDs agreed beforehand, and every message has its own.
    etree.SubElement(processes, "payloadProfiles")
    _rules(processes, every)
    _collaboration(processes, every)
    _legs(processes, pairing)
    for terms in every:
        _processes(processes, terms, pairing)
    etree.indent(root, "    ")
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _mpcs(root: etree._Element, pairing: Pairing) -> None:
    mpcs, channels = etree.SubElement(root, "mpcs"), _channels(pairing)
    for name, value in _names("mpc", channels).items():
        etree.SubElement(
            mpcs,
            "mpc",
            name=value,
            qualifiedName=name,
            enabled="true",
            default="true" if name == channels[0] else "false",
            retention_downloaded="0",
            retention_undownloaded=KEEP_MINUTES,
        )


def _roles(parent: etree._Element, every: Sequence[Terms]) -> None:
    roles = etree.SubElement(parent, "roles")
    for value, name in _role_names(every).items():
        etree.SubElement(roles, "role", name=name, value=value)


def _parties(parent: etree._Element, sides: Sequence[Side]) -> None:
    parties = etree.SubElement(parent, "parties")
    types = etree.SubElement(parties, "partyIdTypes")
    names = _names("partyType", (side.type for side in sides))
    for value, name in names.items():
        etree.SubElement(types, "partyIdType", name=name, value=value)
    for side in sides:
        party = etree.SubElement(parties, "party", name=side.id, endpoint=side.endpoint)
        etree.SubElement(party, "identifier", partyId=side.id, partyIdType=names[side.type])


def _meps(parent: etree._Element) -> None:
    meps = etree.SubElement(parent, "meps")
    etree.SubElement(meps, "mep", name="oneway", value=ONE_WAY)
    for binding in Binding:
        etree.SubElement(meps, "binding", name=binding.value, value=CORE + binding.value)


def _properties(parent: etree._Element, every: Sequence[Terms]) -> None:
    """One set for all legs: what any of them may bear."""
    more = sorted({name for terms in every for name in terms.pmode.properties} - {name for name, _ in PROPERTIES})
    if any(terms.pmode.gateway_properties for terms in every):
        more += GATEWAY_PROPERTIES
    rows = (*PROPERTIES, *((name, False) for name in more))
    properties = etree.SubElement(parent, "properties")
    for key, required in rows:
        etree.SubElement(
            properties, "property", name=named(key), key=key, datatype="string", required=str(required).lower()
        )
    every_one = etree.SubElement(properties, "propertySet", name="messageProperties")
    for key, _ in rows:
        etree.SubElement(every_one, "propertyRef", property=named(key))


def _rules(parent: etree._Element, every: Sequence[Terms]) -> None:
    securities = etree.SubElement(parent, "securities")
    for pmode in {_security(terms.pmode): terms.pmode for terms in every}.values():
        element = etree.SubElement(securities, "security", name=_security(pmode), policy=policy_of(pmode))
        element.set("signatureMethod", "RSA_SHA256")
        if pmode.profile == "edelivery-2.0":
            element.set("profile", "ECC")
    handlings = etree.SubElement(parent, "errorHandlings")
    etree.SubElement(
        handlings,
        "errorHandling",
        name="errorsAsResponse",
        errorAsResponse="true",
        businessErrorNotifyProducer="true",
        businessErrorNotifyConsumer="true",
        deliveryFailureNotifyProducer="true",
    )


def _collaboration(parent: etree._Element, every: Sequence[Terms]) -> None:
    agreements = etree.SubElement(parent, "agreements")
    named_ones = [terms for terms in every if terms.ref]
    for terms in named_ones or every[:1]:  # the schema wants one, though no process may name it
        etree.SubElement(agreements, "agreement", name=terms.name, value=terms.ref, type=terms.ref_type)
    found = etree.SubElement(parent, "services")
    for key, name in _service_names(every).items():
        element = etree.SubElement(found, "service", name=name, value=key[0])
        if key[1]:
            element.set("type", key[1])
    actions = etree.SubElement(parent, "actions")
    for exchange in _exchanges(every):
        etree.SubElement(actions, "action", name=_action(exchange), value=exchange.action)
    as4 = etree.SubElement(parent, "as4")
    retry = f"{RETRY_MINUTES};{RETRY_COUNT};CONSTANT"
    etree.SubElement(as4, "receptionAwareness", name="retry", retry=retry, duplicateDetection="true")
    for signed in (True, False):
        value = str(signed).lower()
        etree.SubElement(
            as4, "reliability", name=_reliability(signed=signed), replyPattern="response", nonRepudiation=value
        )


def _legs(parent: etree._Element, pairing: Pairing) -> None:
    """A leg for each message on each channel that it takes."""
    every = (*pairing.terms, pairing.test)
    legs = etree.SubElement(parent, "legConfigurations")
    mpcs, names = _names("mpc", _channels(pairing)), _service_names(every)
    for terms in every:
        for mpc in dict.fromkeys(way.mpc for way in _ways(terms, pairing)):
            for exchange in terms.exchanges:
                etree.SubElement(
                    legs,
                    "legConfiguration",
                    name=_leg(terms, exchange, mpc),
                    service=names[exchange.service, exchange.service_type],
                    action=_action(exchange),
                    defaultMpc=mpcs[mpc],
                    reliability=_reliability(signed=terms.pmode.sign),
                    security=_security(terms.pmode),
                    receptionAwareness="retry",
                    propertySet="messageProperties",
                    errorHandling="errorsAsResponse",
                    compressPayloads="true",
                )


def _ways(terms: Terms, pairing: Pairing) -> list[Way]:
    """What we send, what the partner sends; one way for both where nothing tells them apart.

    Whoever pulls opens the process. Since Domibus 5.1.4 the roles are those of the message all the same: From first.
    """
    own, partner, mpc = pairing.own, pairing.partner, pairing.pulled_from
    ours = terms.pmode.binding is Binding.PULL
    out = Way(Binding.PULL if ours else Binding.PUSH, terms.pmode.mpc, terms.roles_out, (own,), (partner,))
    there = Way(Binding.PULL if mpc else Binding.PUSH, mpc or _pushed(terms), terms.roles_in, (partner,), (own,))
    ways = [
        replace(way, initiators=way.responders, responders=way.initiators) if way.binding is Binding.PULL else way
        for way in (out, there)
    ]
    if out.binding is there.binding is Binding.PUSH and (out.mpc, out.roles) == (there.mpc, there.roles):
        return [replace(out, initiators=(own, partner), responders=(own, partner))]
    return ways


def _pushed(terms: Terms) -> str:
    """The channel of what is pushed to us: one that the partner pulls from is not also ours."""
    return DEFAULT_MPC if terms.pmode.binding is Binding.PULL else terms.pmode.mpc


def _channels(pairing: Pairing) -> tuple[str, ...]:
    every = (*pairing.terms, pairing.test)
    return tuple(dict.fromkeys(way.mpc for terms in every for way in _ways(terms, pairing)))


def _processes(parent: etree._Element, terms: Terms, pairing: Pairing) -> None:
    names = _role_names((*pairing.terms, pairing.test))
    for number, way in enumerate(_ways(terms, pairing), 1):
        process = etree.SubElement(parent, "process", name=f"{terms.name}-{number}", mep="oneway")
        process.set("binding", way.binding.value)
        process.set("initiatorRole", names[way.roles[0]])
        process.set("responderRole", names[way.roles[1]])
        process.set("agreement", terms.name if terms.ref else "")
        _fill(process, terms, way)


def _fill(process: etree._Element, terms: Terms, way: Way) -> None:
    for kind, sides in (("initiator", way.initiators), ("responder", way.responders)):
        group = etree.SubElement(process, f"{kind}Parties")
        for side in sides:
            etree.SubElement(group, f"{kind}Party", name=side.id)
    legs = etree.SubElement(process, "legs")
    for exchange in terms.exchanges:
        etree.SubElement(legs, "leg", name=_leg(terms, exchange, way.mpc))


def _leg(terms: Terms, exchange: Exchange, mpc: str) -> str:
    """Its name; on a channel of its own a longer one."""
    name = f"{terms.name}-{_action(exchange)}"
    return name if mpc == terms.pmode.mpc else f"{name}-{'pushed' if mpc == DEFAULT_MPC else 'pulled'}"


def _action(exchange: Exchange) -> str:
    return "testAction" if exchange == TEST else exchange.name


def _security(pmode: PMode) -> str:
    return policy_of(pmode).removesuffix(".xml")


def _reliability(*, signed: bool) -> str:
    return "signedReceipt" if signed else "plainReceipt"


def _exchanges(every: Sequence[Terms]) -> Iterable[Exchange]:
    """Each action once."""
    return {exchange.action: exchange for terms in every for exchange in terms.exchanges}.values()


def _service_names(every: Sequence[Terms]) -> dict[tuple[str, str], str]:
    keys = services(every)
    return {key: f"service{number}" for number, key in enumerate(keys[:-1], 1)} | {keys[-1]: "testService"}


def _role_names(every: Sequence[Terms]) -> dict[str, str]:
    return _names("role", (role for terms in every for role in (*terms.roles_out, *terms.roles_in)))


def _names(kind: str, values: Iterable[str]) -> dict[str, str]:
    """A short name for each value, in order; a value that stands twice has one."""
    return {value: f"{kind}{number}" for number, value in enumerate(dict.fromkeys(values), 1)}
