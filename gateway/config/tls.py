"""TLS contexts for both edges and every target. Always new ones: load_verify_locations only ever adds."""

import ssl

from gateway.config.ciphers import STRONG
from gateway.config.load import Settings
from gateway.config.models import EdgeSection
from gateway.core.agreement import Party

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def msh_context(settings: Settings) -> ssl.SSLContext:
    """Partners must show a certificate that is in their party file (EA-4.2)."""
    own = settings.register.own.id
    trusted = "".join(_pems(party) for name, party in settings.register.parties.items() if name != own)
    return _server(settings, settings.file.msh, trusted, ssl.CERT_REQUIRED)


def api_context(settings: Settings) -> ssl.SSLContext:
    """National systems may show a certificate; without one they need a token."""
    names = [name for system in settings.file.system for name in system.certificates]
    trusted = "".join(settings.path(name).read_text() for name in names)
    return _server(settings, settings.file.api, trusted, ssl.CERT_OPTIONAL if trusted else ssl.CERT_NONE)


def partner_context(settings: Settings, party: Party) -> ssl.SSLContext:
    """Towards a partner: only its own certificates are believed, and ours is shown."""
    context = _client(settings, _pems(party))
    edge = settings.file.msh
    context.load_cert_chain(settings.path(edge.certificate), settings.path(edge.key))
    return context


def unverified_context(settings: Settings, version: str = "", ciphers: str = STRONG) -> ssl.SSLContext:
    """To look at a server whoever it is, with our certificate; in that version alone. Never for messages."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _harden(context, version or settings.file.delivery.minimum_tls, ciphers)
    if version:
        context.maximum_version = VERSIONS[version]
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    edge = settings.file.msh
    context.load_cert_chain(settings.path(edge.certificate), settings.path(edge.key))
    return context


def webhook_context(settings: Settings, authority: str) -> ssl.SSLContext:
    """Towards a national system: its configured authority, else the system's store."""
    return _client(settings, authority)


def _pems(party: Party) -> str:
    return "".join(party.certificates.values()) + party.chain


def _server(settings: Settings, edge: EdgeSection, trusted: str, verify: ssl.VerifyMode) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _harden(context, edge.minimum_tls, edge.ciphers)
    context.load_cert_chain(settings.path(edge.certificate), settings.path(edge.key))
    if trusted:
        context.load_verify_locations(cadata=trusted)
    context.verify_mode = verify
    return context


def _client(settings: Settings, trusted: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _harden(context, settings.file.delivery.minimum_tls, settings.file.delivery.ciphers)
    if trusted:
        context.load_verify_locations(cadata=trusted)
    else:
        context.load_default_certs()
    return context


def _harden(context: ssl.SSLContext, minimum: str, ciphers: str) -> None:
    context.minimum_version = VERSIONS[minimum]
    context.set_ciphers(ciphers)
    # A party's own certificate is the anchor, whoever issued it.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
