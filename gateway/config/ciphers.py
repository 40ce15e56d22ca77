"""The cipher suites of TLS 1.2 as a setting; those of TLS 1.3 are all good, and Python does not choose among them."""

import ssl
from typing import Annotated

from pydantic import AfterValidator

STRONG = "ECDHE+AESGCM:ECDHE+CHACHA20"
EXCHANGES = ("kx-ecdhe", "kx-dhe", "kx-any")  # with forward secrecy; `any` is TLS 1.3


def _known(found: str) -> str:
    """Refuses what OpenSSL does not know, and what lacks forward secrecy or authenticated encryption."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.set_ciphers(found)
    except ssl.SSLError:
        raise ValueError("OpenSSL knows no such cipher suite") from None
    weak = [str(each["name"]) for each in context.get_ciphers() if not each["aead"] or each["kea"] not in EXCHANGES]
    if weak:
        raise ValueError(f"expected suites with forward secrecy and AEAD; these are not: {', '.join(weak)}")
    return found


Ciphers = Annotated[str, AfterValidator(_known)]
