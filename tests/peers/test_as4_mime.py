"""The peer's signed and encrypted message in the MIME of other products: a signature covers contents, not their wrapping."""

import base64
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from urllib.parse import quote

import pytest

from gateway.core import mime
from tests.api.edge import rows
from tests.asking import octets
from tests.house import House, sample
from tests.msh.partner import Message, tls, wire
from tests.peers.environment import Peer
from tests.peers.town import SAID

TRN = "valid/TransitReleaseNotice--road-through-three-states"
SOAP = "Content-Type: application/soap+xml; charset=UTF-8"
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Form:
    """How a message is wrapped."""

    end: bytes = b"\r\n"
    boundary: str = "----=_Part_0_(1).2"
    first: bytes = b"\r\n"
    code: Callable[[bytes], bytes] = bytes
    encoding: str = "binary"
    more: str = ""  # headers of the envelope
    name: Callable[[str], str] = "<{}>".format
    root_last: bool = False
    bom: bytes = b""

    def of(self, message: Message) -> Message:
        """The same contents."""
        soap, part = mime.split(message.body, message.content_type)
        payload = f"Content-Type: application/octet-stream\nContent-ID: {self.name(part.content_id)}"
        rows = [(SOAP + self.more, self.bom + soap.content), (payload, part.content)]
        rows = rows[::-1] if self.root_last else rows
        written = [self._part(head, content) for head, content in rows]
        body = self.first + b"".join(written) + f"--{self.boundary}--".encode() + self.end
        start = '; start="<root@x>"' if "root@x" in self.more else ""
        return Message(f'multipart/related; boundary="{self.boundary}"; type="application/soap+xml"{start}', body)

    def _part(self, head: str, content: bytes) -> bytes:
        lines = f"--{self.boundary}\n{head}\nContent-Transfer-Encoding: {self.encoding}\n\n"
        return lines.encode().replace(b"\n", self.end) + self.code(content) + self.end


FORMS = {
    "Domibus": Form(boundary="uuid:72b2d91d-e977-4a32", more="\nContent-ID: <root@x>"),
    "LF alone": Form(end=b"\n", first=b""),
    "base64": Form(code=base64.encodebytes, encoding="BASE64 (RFC 2045)"),
    "a byte order mark": Form(bom=BOM),
    "the root last": Form(root_last=True, more="\nContent-ID: <root@x>"),
    "folded headers": Form(more=";\n\taction=x\nX-Unknown:\n =?utf-8?B?PGE+?="),
    "percent-encoded names": Form(name=lambda cid: f"<{quote(cid)}>"),
    "comments": Form(name="<{}> (a (nested) comment)".format),
    "a preamble": Form(first=b"This is a MIME message.\n\n"),
}


async def pieces(body: bytes) -> AsyncIterator[bytes]:
    """As it may come, without a length: then it is read as large messages are."""
    for at in range(0, len(body), 997):
        yield body[at : at + 997]


async def test_a_message_is_taken_in_the_mime_of_every_product(kz: House, pair: tuple[House, House], by: Peer) -> None:
    """Each acknowledged by a receipt that the peer verifies, at once and piece by piece."""
    states, count = {}, 0
    async with kz.running() as gateway, wire(gateway.msh.port, tls(*pair)) as line:
        for name, form in FORMS.items():
            for streamed in (False, True):
                sent = by.ask("send", document=sample(TRN), **SAID)
                message = form.of(Message(sent["content_type"], octets(sent["body"])))
                data = pieces(message.body) if streamed else message.body
                headers = {"Content-Type": message.content_type}
                async with line.session.post(f"{line.url}/msh", data=data, headers=headers) as reply:
                    found = by.ask("answered", message_id=sent["message_id"], signal=await reply.read())
                states[name, streamed] = found
                count += 1

    assert {key: found for key, found in states.items() if found.get("state") != "acknowledged"} == {}
    assert rows(kz, "SELECT count(*) FROM messages") == [(count,)]


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_wrapping_with_two_readings_is_refused(
    kz: House, pair: tuple[House, House], by: Peer, *, streamed: bool
) -> None:
    """The control: the same contents, the part's name twice."""
    async with kz.running() as gateway, wire(gateway.msh.port, tls(*pair)) as line:
        sent = by.ask("send", document=sample(TRN), **SAID)
        message = Form(name="<other@x>\nContent-ID: <{}>".format).of(
            Message(sent["content_type"], octets(sent["body"]))
        )
        data = pieces(message.body) if streamed else message.body
        async with line.session.post(
            f"{line.url}/msh", data=data, headers={"Content-Type": message.content_type}
        ) as reply:
            assert b"EBMS:0007" in await reply.read()
