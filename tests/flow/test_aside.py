"""What takes long for other reasons than its size is done in a thread: the loop serves everybody else meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from gateway.core.agreement import Register
from gateway.core.errors import Rejected
from gateway.core.message import Peer, Received
from gateway.core.names import Edge, MessageId
from gateway.core.pmode import PROFILES
from gateway.flow import aside
from gateway.flow.ports import Offload
from gateway.flow.taking import take
from gateway.flow.upload import Uploads
from tests.core.making import KEYRING, REGISTER
from tests.core.wss.making import certificate, key
from tests.flow.test_packing import NORMAL
from tests.flow.test_taking import as4
from tests.flow.test_upload import pieces, uploads
from tests.town import Node, Town

T = TypeVar("T")
SIGNED, PLAIN = PROFILES["ics2"], PROFILES["plain-tls"]


class Signer:
    """One that is only asked for its method."""

    def __init__(self, method: str) -> None:
        """With that."""
        self.method, self.chain = method, (certificate(key("p256")),)

    def sign(self, data: bytes) -> bytes:
        """Never called."""
        raise AssertionError(data)

    def verify(self, *_: Any) -> bool:
        """Never called."""
        raise AssertionError


def having(method: str = "ecdsa-sha256", suite: str = "") -> Register:
    """A gateway with such a key, and such a national suite."""
    suites = {suite: Signer("urn:gost")} if suite else {}
    return replace(REGISTER, signers=(Signer(method),), suites=suites)


def test_rsa_and_national_suites_sign_aside() -> None:
    """An RSA key takes a millisecond and more, a suite starts a process; elliptic curves take microseconds."""
    assert aside.signing(SIGNED, having()) == aside.signing(None, having()) == 0
    assert aside.signing(SIGNED, having("rsa-sha256")) == aside.LARGE
    assert aside.signing(PLAIN, having("rsa-sha256")) == 0
    assert aside.signing(replace(SIGNED, suite="gost"), having(suite="gost")) == aside.LARGE
    assert (aside.judging(having()), aside.judging(having(suite="gost"))) == (0, aside.LARGE)


@pytest.mark.parametrize(
    ("edge", "body", "suite", "size"),
    [
        (Edge.PARTNER, b"<xenc:EncryptedKey", "", aside.LARGE),
        (Edge.PARTNER, b"<eb:Messaging", "gost", aside.LARGE),
        (Edge.PARTNER, b"<eb:Messaging", "", 0),
        (Edge.NATIONAL, b"<xenc:EncryptedKey", "gost", 0),
    ],
)
def test_encrypted_keys_are_opened_aside(edge: Edge, body: bytes, suite: str, size: int) -> None:
    """Sixteen of them for RSA keys of ours are a tenth of a second, whoever sent them; others are as large as they are."""
    assert aside.taking(Received(edge, Peer(), body, "", MessageId("x")), having(suite=suite)) == size


async def test_a_small_request_with_encrypted_keys_is_not_handled_on_the_loop(town: Town) -> None:
    """Intake asks for a thread; for the same request without any it does not (the control)."""
    by = town["BY.GTK"]
    sizes = watching(by)
    for body in (b"<a>EncryptedKey</a>", b"<a/>"):
        received = Received(Edge.PARTNER, Peer(), body, "application/soap+xml", MessageId("x"))
        with pytest.raises(Rejected):
            await by.intake.accept(received, lambda *_: pytest.fail("it was taken"))
    assert [size >= aside.LARGE for size in sizes] == [True, False]


async def test_the_keys_of_a_streamed_request_are_opened_aside(town: Town) -> None:
    """Its SOAP part is read in a thread before the next part is."""
    by, sizes = town["BY.GTK"], list[int]()
    content_type, body = await as4(town, NORMAL)
    desk: Uploads = replace(uploads(by), offload=noting(by.intake.offload, sizes))
    async with desk.begin(by.settings.register.limits) as upload:
        assert await take(upload, pieces(body), content_type, KEYRING)
    assert sizes[0] == aside.LARGE


def watching(node: Node) -> list[int]:
    """The sizes that the node's intake asks a thread for."""
    sizes = list[int]()
    node.intake = replace(node.intake, offload=noting(node.intake.offload, sizes))
    return sizes


def noting(offload: Offload, sizes: list[int]) -> Offload:
    """Notes each size."""

    async def noted(size: int, work: Callable[[], T]) -> T:
        sizes.append(size)
        return await offload(size, work)

    return noted
