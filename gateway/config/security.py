"""Our keys for AS4 messages, and whose message certificates are believed."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.config.faults import Faults
from gateway.config.models import GatewayFile
from gateway.core.wss.keys import PrivateKey, Signer, local_signer
from gateway.core.wss.keywrap import Opener
from gateway.core.wss.trust import Trusted


def own(folder: Path, file: GatewayFile, faults: Faults) -> tuple[tuple[Signer, ...], tuple[Opener, ...]]:
    """Our signing keys and those that messages are encrypted to."""
    try:
        chain = tuple(x509.load_pem_x509_certificates((folder / file.msh.certificate).read_bytes()))
        key = cast(PrivateKey, load_pem_private_key((folder / file.msh.key).read_bytes(), None))
        return (local_signer(chain, key),), ()
    except (OSError, ValueError):
        faults.add(folder / "gateway.toml", "msh.key", "no key that signs")
        return (), ()


def trusted(leaves: Mapping[bytes, str]) -> Trusted:
    """The party's own certificates."""
    return Trusted({digest: x509.load_pem_x509_certificate(pem.encode()) for digest, pem in leaves.items()})
