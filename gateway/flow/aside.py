"""What the event loop must not wait for: another process, or a private key of RSA."""

from gateway.core.agreement import Register
from gateway.core.message import Received
from gateway.core.names import Edge
from gateway.core.pmode import PMode

LARGE = 1 << 40  # a size that is never handled on the loop
ENCRYPTED = b"EncryptedKey"


def signing(pmode: PMode | None, register: Register) -> int:
    """The size that signing, or checking a signature, under the P-Mode counts as.

    A national suite asks another process; RSA takes a millisecond and more, where a hop to a thread takes a tenth.
    """
    if pmode is None or not pmode.sign:
        return 0
    return LARGE if pmode.suite or any(each.method.startswith("rsa") for each in register.signers) else 0


def judging(register: Register) -> int:
    """The size that checking an answer counts as, whose P-Mode is not known yet."""
    return LARGE if register.suites else 0


def taking(received: Received, register: Register) -> int:
    """The size that a request counts as beyond its own, for the keys it needs: up to sixteen are opened by each of ours."""
    if received.edge is not Edge.PARTNER:
        return 0
    return LARGE if register.suites or ENCRYPTED in received.body else 0
