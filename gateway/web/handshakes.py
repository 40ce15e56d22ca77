"""TLS handshakes that fail are counted: a stranger is turned away before there is a request that could be refused."""

import ssl
from collections.abc import Callable

REASONS = {
    "CERTIFICATE_VERIFY_FAILED": "unknown-certificate",
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "no-certificate",
}
OTHER = "no-handshake"


def watched(context: ssl.SSLContext, failed: Callable[[str], None]) -> ssl.SSLContext:
    """The context, which says from now on why a handshake failed."""

    class Handshake(ssl.SSLObject):
        """One connection's."""

        def do_handshake(self) -> None:
            try:
                super().do_handshake()
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                raise
            except ssl.SSLError as error:
                failed(REASONS.get(error.reason, OTHER))
                raise

    context.sslobject_class = Handshake
    return context
