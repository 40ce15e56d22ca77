"""Holodeck B2B P-Mode files for this pair: one for what the partner sends, one for what it gets, for each service.

The form is Holodeck's own (namespace http://holodeck-b2b.org/schemas/2014/10/pmode). The action is left out: Holodeck
takes it from the message that is submitted, and then any action of the service fits.
"""

from lxml import etree

from gateway.core.pmode import CORE, Binding, PMode, Token
from gateway.onboarding.pairing import RETRY_COUNT, RETRY_MINUTES, Pairing, Side, Terms, services

HB = "http://holodeck-b2b.org/schemas/2014/10/pmode"
PASSWORD = "CHANGE-ME"  # noqa: S105 - what the partner puts its own in the place of
DELIVERY = "org.holodeckb2b.backend.file.NotifyAndDeliverOperation"
METHODS = {
    Token.BST: "BSTReference",
    Token.PKIPATH: "BSTReference",
    Token.SKI: "KeyIdentifier",
    Token.ISSUER_SERIAL: "IssuerSerial",
}
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
GCM = "http://www.w3.org/2009/xmlenc11#"
OAEP, MGF = GCM + "rsa-oaep", GCM + "mgf1sha256"


def write(pairing: Pairing) -> dict[str, bytes]:
    """The P-Mode files by name: `<agreement>-<number of the service>-send.xml` and `-receive.xml`."""
    files = {}
    for terms in (*pairing.terms, pairing.test):
        for number, service in enumerate(_services(terms), 1):
            name = f"{terms.name}-{number}"
            sending = _pulled if pairing.pulled_from else _sending
            files[f"{name}-send.xml"] = _bytes(sending(name, terms, service, pairing))
            receiving = _pulling if terms.pmode.binding is Binding.PULL else _receiving
            files[f"{name}-receive.xml"] = _bytes(receiving(name, terms, service, pairing))
    return files


def _services(terms: Terms) -> tuple[tuple[str, str], ...]:
    names = {exchange.service for exchange in terms.exchanges}
    return tuple(key for key in services((terms,)) if key[0] in names)


def _sending(name: str, terms: Terms, service: tuple[str, str], pairing: Pairing) -> etree._Element:
    """What the partner posts to us: it signs with its own key, encrypts for ours."""
    root = _pmode(f"{name}-send", Binding.PUSH)
    role, their_role = terms.roles_in
    _trader(root, "Initiator", pairing.partner, role, _signing(pairing.partner, terms.pmode))
    _trader(root, "Responder", pairing.own, their_role, _encryption(pairing.own, terms.pmode))
    _agreement(root, terms)
    leg = _add(root, "Leg")
    _add(_add(leg, "Protocol"), "Address", pairing.own.endpoint)
    _add(_add(leg, "Receipt"), "NotifyReceiptToBusinessApplication", "true")
    awareness = _add(leg, "ReceptionAwareness")
    _add(awareness, "MaxRetries", str(RETRY_COUNT))
    _add(awareness, "RetryInterval", str(RETRY_MINUTES * 60 // RETRY_COUNT))
    _delivery(leg)
    flow = _flow(leg, service)
    _add(_add(flow, "ErrorHandling"), "NotifyErrorToBusinessApplication", "true")
    _add(_add(flow, "PayloadProfile"), "UseAS4Compression", "true")
    return root


def _pulled(name: str, terms: Terms, service: tuple[str, str], pairing: Pairing) -> etree._Element:
    """What we come for: Holodeck waits for our PullRequest and gives the message as its answer."""
    root = _pmode(f"{name}-send", Binding.PULL)
    role, their_role = terms.roles_in
    _trader(root, "Initiator", pairing.own, their_role, _encryption(pairing.own, terms.pmode))
    _trader(root, "Responder", pairing.partner, role, _signing(pairing.partner, terms.pmode))
    _agreement(root, terms)
    leg = _add(root, "Leg")
    _add(_add(leg, "Receipt"), "NotifyReceiptToBusinessApplication", "true")
    awareness = _add(leg, "ReceptionAwareness")
    _add(awareness, "MaxRetries", str(RETRY_COUNT))
    _add(awareness, "RetryInterval", str(RETRY_MINUTES * 60 // RETRY_COUNT))
    _delivery(leg)
    _add(_add(leg, "PullRequestFlow"), "Mpc", pairing.pulled_from)
    flow = _flow(leg, service)
    _add(_add(flow, "PayloadProfile"), "UseAS4Compression", "true")
    return root


def _receiving(name: str, terms: Terms, service: tuple[str, str], pairing: Pairing) -> etree._Element:
    """What we post to the partner: its receipts and errors are answers, signed with its own key."""
    root = _pmode(f"{name}-receive", Binding.PUSH)
    role, their_role = terms.roles_out
    _trader(root, "Initiator", pairing.own, role, [])
    keys = [*_signing(pairing.partner, terms.pmode), *_decryption(pairing.partner, terms.pmode)]
    _trader(root, "Responder", pairing.partner, their_role, keys)
    _agreement(root, terms)
    leg = _add(root, "Leg")
    _add(_add(leg, "Receipt"), "ReplyPattern", "RESPONSE")
    _add(_add(leg, "ReceptionAwareness"), "UseDuplicateElimination", "true")
    _delivery(leg)
    _add(_add(_flow(leg, service), "ErrorHandling"), "ReplyPattern", "RESPONSE")
    return root


def _pulling(name: str, terms: Terms, service: tuple[str, str], pairing: Pairing) -> etree._Element:
    """What the partner comes for: it opens the connection with a signed PullRequest."""
    root = _pmode(f"{name}-receive", Binding.PULL)
    role, their_role = terms.roles_out
    keys = [*_signing(pairing.partner, terms.pmode), *_decryption(pairing.partner, terms.pmode)]
    _trader(root, "Initiator", pairing.partner, their_role, keys)
    _trader(root, "Responder", pairing.own, role, [])
    _agreement(root, terms)
    leg = _add(root, "Leg")
    _add(_add(leg, "Protocol"), "Address", pairing.own.endpoint)
    _add(_add(leg, "Receipt"), "ReplyPattern", "RESPONSE")
    _add(_add(leg, "ReceptionAwareness"), "UseDuplicateElimination", "true")
    _delivery(leg)
    _add(_add(leg, "PullRequestFlow"), "Mpc", terms.pmode.mpc)
    _flow(leg, service)
    return root


def _pmode(name: str, binding: Binding) -> etree._Element:
    root = etree.Element(f"{{{HB}}}PMode", nsmap={None: HB})
    _add(root, "id", name)
    _add(root, "mep", CORE + "oneWay")
    _add(root, "mepBinding", CORE + binding.value)
    return root


def _trader(root: etree._Element, name: str, side: Side, role: str, security: list[etree._Element]) -> None:
    trader = _add(root, name)
    party = _add(trader, "PartyId", side.id)
    if side.type:
        party.set("type", side.type)
    _add(trader, "Role", role)
    if security:
        _add(trader, "SecurityConfiguration").extend(security)


def _agreement(root: etree._Element, terms: Terms) -> None:
    if terms.ref:
        agreement = _add(root, "Agreement")
        if terms.ref_type:
            _add(agreement, "type", terms.ref_type)
        _add(agreement, "name", terms.ref)


def _delivery(leg: etree._Element) -> None:
    """Into a folder: whatever stands behind Holodeck takes the partner's own way in its place."""
    delivery = _add(leg, "DefaultDelivery")
    _add(delivery, "DeliveryMethod", DELIVERY)
    for name, value in (("format", "ebms"), ("deliveryDirectory", "data/msg_in")):
        parameter = _add(delivery, "Parameter")
        _add(parameter, "name", name)
        _add(parameter, "value", value)


def _flow(leg: etree._Element, service: tuple[str, str]) -> etree._Element:
    flow = _add(leg, "UserMessageFlow")
    element = _add(_add(flow, "BusinessInfo"), "Service")
    _add(element, "name", service[0])
    if service[1]:
        _add(element, "type", service[1])
    return flow


def _signing(side: Side, pmode: PMode) -> list[etree._Element]:
    if not pmode.sign:
        return []
    signing = _keys("Signing", side, secret=True)
    _add(signing, "KeyReferenceMethod", METHODS[pmode.token])
    if pmode.token is Token.PKIPATH:
        _add(signing, "IncludeCertificatePath", "true")
    _add(signing, "Algorithm", RSA_SHA256)
    _add(signing, "HashFunction", SHA256)
    return [signing]


def _encryption(side: Side, pmode: PMode) -> list[etree._Element]:
    """For the other's key: its certificate is enough (eDelivery AS4 1.4.3.3.2: RSA-OAEP with MGF1 SHA-256)."""
    if not pmode.encrypt:
        return []
    encryption = _keys("Encryption", side, secret=False)
    _add(encryption, "Algorithm", GCM + pmode.data_encryption)
    transport = _add(encryption, "KeyTransport")
    for name, value in (("Algorithm", OAEP), ("MGFAlgorithm", MGF), ("DigestAlgorithm", SHA256)):
        _add(transport, name, value)
    return [encryption]


def _decryption(side: Side, pmode: PMode) -> list[etree._Element]:
    return [_keys("Encryption", side, secret=True)] if pmode.encrypt else []


def _keys(name: str, side: Side, *, secret: bool) -> etree._Element:
    element = etree.Element(f"{{{HB}}}{name}")
    alias = _add(element, "KeystoreAlias", side.id)
    if secret:
        alias.set("password", PASSWORD)
    return element


def _add(parent: etree._Element, name: str, text: str = "") -> etree._Element:
    element = etree.SubElement(parent, f"{{{HB}}}{name}")
    element.text = text or None
    return element


def _bytes(root: etree._Element) -> bytes:
    etree.indent(root, "    ")
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
