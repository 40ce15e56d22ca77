"""Everything that one product needs to connect to us, as files by name."""

from collections.abc import Callable, Mapping

from gateway.onboarding import chains, domibus, holodeck, phase4
from gateway.onboarding.domibus_policy import policies
from gateway.onboarding.pairing import Pairing
from gateway.onboarding.sheet import Keys, sheet


def _domibus(pairing: Pairing) -> dict[str, bytes]:
    pmodes = frozenset(terms.pmode for terms in pairing.terms)
    return {"domibus-pmode.xml": domibus.write(pairing), **policies(pmodes)}


def _holodeck(pairing: Pairing) -> dict[str, bytes]:
    return {f"holodeck/{name}": content for name, content in holodeck.write(pairing).items()}


def _none(_: Pairing) -> dict[str, bytes]:
    """Another gateway of this kind takes our party file, which the command adds."""
    return {}


WRITERS: Mapping[str, Callable[[Pairing], dict[str, bytes]]] = {
    "domibus": _domibus,
    "phase4": phase4.write,
    "holodeck": _holodeck,
    "gateway": _none,
}


def package(pairing: Pairing, product: str, keys: Keys) -> dict[str, bytes]:
    """The files: the product's own, our certificates in the forms it takes, and the sheet."""
    own = pairing.own.id
    return {
        **WRITERS[product](pairing),
        f"{own}-tls.pem": chains.pem(keys.tls),
        f"{own}-message.pem": chains.pem(keys.message),
        f"{own}-message.p7b": chains.p7b(keys.message),
        f"{own}-message.pkipath": chains.pkipath(keys.message),
        "README.txt": sheet(pairing, product, keys),
    }
