"""Checks of the files of both sides and of the way to a partner: name, connection, TLS."""

from collections.abc import Iterator
from datetime import datetime

from cryptography import x509

from gateway.core.pmode import Binding
from gateway.core.texts import say
from gateway.flow.probing import ANY, BARE, ONLY_12, OURS
from gateway.onboarding import chains
from gateway.onboarding.case import Case, Finding, Verdict

SOON = 30  # days
EXPIRED, UNKNOWN, OTHER_NAME = {10}, {2, 18, 19, 20, 21}, {62, 63, 64}  # OpenSSL's X509_V_ERR_…
PLAIN = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "PACKET_LENGTH_TOO_LONG"}
CERTIFICATE_ALERTS = ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED")
# A connection that ends at the first words: what a refused client certificate mostly looks like under TLS 1.3.
RESETS = {
    "ConnectionResetError",
    "RemoteDisconnected",
    "BrokenPipeError",
    "SSLEOFError",
    "UNEXPECTED_EOF_WHILE_READING",
}


def environment(case: Case) -> Iterator[Finding]:
    """Both files say the same environment."""
    ours, theirs = case.own.environment, case.partner.environment
    if ours is not theirs:
        yield Finding("environment_differs", places={"ours": ours.value, "theirs": theirs.value})


def agreements(case: Case) -> Iterator[Finding]:
    """Some agreement is in use with both."""
    if not case.own.agreements & case.partner.agreements:
        yield Finding("no_agreement", Verdict.WARNING)
    if case.partner.pmode().binding is Binding.PULL:
        yield Finding("partner_pulls", Verdict.WARNING, {"mpc": case.partner.pmode().mpc})


def keys(case: Case) -> Iterator[Finding]:
    """Both sides have the keys that their P-Mode wants."""
    if case.unfit:
        yield Finding("no_key", places={"what": case.unfit})
    pmodes = [case.partner.pmode(), *case.partner.pmodes.values()]
    if any(pmode.encrypt and case.partner.reader(pmode) is None for pmode in pmodes):
        yield Finding("no_key", places={"what": say("encrypts_for")})


def certificates(case: Case) -> Iterator[Finding]:
    """Every certificate of both sides is valid, and for a while yet; the one that is shown, too."""
    known = (
        ("our", "TLS", case.tls),
        ("our", "messages", case.message),
        ("partner's", "TLS", (*case.partner_tls, *case.presented)),
        ("partner's", "messages", case.partner_message),
    )
    seen = set()
    for whose, use, found in known:
        for certificate in found:
            key = (whose, chains.fingerprint(certificate))
            if key not in seen:
                seen.add(key)
                yield from _validity(whose, use, certificate, case.now)


def _validity(whose: str, use: str, certificate: x509.Certificate, now: datetime) -> Iterator[Finding]:
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    places = {"whose": whose, "use": use}
    if now > ends:
        yield Finding("certificate_expired", places={**places, "day": f"{ends:%Y-%m-%d}"})
    elif now < begins:
        yield Finding("certificate_early", places={**places, "day": f"{begins:%Y-%m-%d}"})
    elif (days := (ends - now).days) < SOON:
        yield Finding("certificate_expires", Verdict.WARNING, {**places, "day": f"{ends:%Y-%m-%d}", "days": days})


def name(case: Case) -> Iterator[Finding]:
    """The endpoint's name has an address."""
    if not case.met.addresses:
        yield Finding("name_unknown", places={"host": case.met.host})


def connection(case: Case) -> Iterator[Finding]:
    """Every address takes connections."""
    faults = {address: fault for address, fault in case.met.connected.items() if fault}
    if len(faults) == len(case.met.connected):
        fault = ", ".join(sorted(set(faults.values())))
        yield Finding("no_connection", places={"host": case.met.host, "port": case.met.port, "fault": fault})
    elif faults:
        yield Finding("address_dead", Verdict.WARNING, {"host": case.met.host, "addresses": ", ".join(faults)})


def versions(case: Case) -> Iterator[Finding]:
    """A TLS version and a cipher are spoken by both."""
    shakes = case.met.shakes
    if shakes[OURS].succeeded or shakes[BARE].succeeded or refused(shakes[BARE].fault):
        return
    if shakes[BARE].fault in PLAIN:
        yield Finding("not_tls", places={"host": case.met.host, "port": case.met.port})
    elif shakes[ONLY_12].succeeded and case.minimum_tls != "1.2":
        yield Finding("version_too_old")
    elif shakes[ANY].succeeded and not shakes[ONLY_12].succeeded:
        yield Finding("cipher_mismatch", places={"cipher": shakes[ANY].cipher})
    else:
        yield Finding("no_common_version", places={"fault": shakes[BARE].fault})


def chain(case: Case) -> Iterator[Finding]:
    """The server's certificate is one that its file has, and its issuers come with it."""
    shake, shown = case.met.shakes[OURS], case.presented
    if not shown:
        return
    leaf = shown[0]
    alone = len(shown) == 1 and leaf.issuer != leaf.subject
    issuer = leaf.issuer.rfc4514_string()
    known = {chains.fingerprint(each) for each in case.partner_tls}
    if shake.verify in UNKNOWN and chains.fingerprint(leaf) not in known:
        facts = {"subject": leaf.subject.rfc4514_string(), "fingerprint": chains.fingerprint(leaf)}
        yield Finding("certificate_unknown", places=facts)
    if alone:
        believed = shake.verify not in UNKNOWN
        yield Finding("chain_incomplete", Verdict.WARNING if believed else Verdict.FAULT, {"issuer": issuer})


def server_name(case: Case) -> Iterator[Finding]:
    """The server's certificate is for the endpoint's name."""
    if case.met.shakes[OURS].verify in OTHER_NAME and case.presented:
        names = ", ".join(_names(case.presented[0])) or case.presented[0].subject.rfc4514_string()
        yield Finding("name_mismatch", places={"names": names, "host": case.met.host})


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(each.value) for each in found]


def our_certificate(case: Case) -> Iterator[Finding]:
    """The partner takes our TLS certificate; under TLS 1.3 a refusal shows at the first answer only."""
    fault = case.met.page.fault if case.met.page else case.met.shakes[BARE].fault
    if refused(fault) or (case.met.page and fault in RESETS):
        own = chains.fingerprint(case.tls[0])
        yield Finding("we_are_refused", places={"fault": fault, "fingerprint": own})


def refused(fault: str) -> bool:
    """Whether it is an alert about a certificate that we showed."""
    return "ALERT" in fault and any(word in fault for word in CERTIFICATE_ALERTS)


def handshake(case: Case) -> Iterator[Finding]:
    """Nothing else stops TLS."""
    shakes = case.met.shakes
    shake = shakes[OURS]
    named = shake.verify in EXPIRED | UNKNOWN | OTHER_NAME or not shakes[BARE].succeeded
    if not shake.succeeded and not named:
        yield Finding("tls_failed", places={"fault": shake.fault})
