"""Received ► Authenticated, in the order of AS4 5.1.4: what is wrong inside a message is said once its sender is proved."""

from dataclasses import replace

from gateway.core.agreed import Agreed
from gateway.core.agreement import Register
from gateway.core.authenticate import authenticate, proved
from gateway.core.errors import Refused, Rejected
from gateway.core.message import Authenticated, Received, Unread
from gateway.core.names import Micros
from gateway.core.soap import Keyring
from gateway.core.unpack import unpack


def identify(received: Received, register: Register, keyring: Keyring, now: Micros) -> Authenticated:
    """The message unpacked and authenticated; what is wrong inside it is said to its proven sender alone.

    So neither who has only a partner's TLS certificate, nor who sends on what another encrypted, learns what is in it.
    """
    try:
        unpacked = unpack(received, register.limits, keyring)
    except Unread as unread:
        _, found, _ = proved(unread.stated, unread.peer, unread.wrapped, register, now)
        raise Rejected(*unread.faults, about=_about(unread, found)) from None
    return authenticate(unpacked, register, now)


def _about(unread: Unread, found: Agreed) -> Refused:
    return replace(unread.about, pmode=found.pmode, sequence=found.stated.linked.sequence)
