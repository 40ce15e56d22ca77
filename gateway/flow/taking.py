"""The parts of an AS4 request as they come: what the SOAP part announces is decrypted, hashed, gathered or staged."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace

from gateway.core import soap
from gateway.core.errors import ErrorCode, Refused, Rejected, rejected
from gateway.core.message import MimePart
from gateway.core.mime import Reader
from gateway.core.soap import Announced, Keyring
from gateway.core.texts import say
from gateway.core.unpack import MANIFEST
from gateway.core.wss.gcm import GcmReader
from gateway.flow import aside
from gateway.flow.upload import SOAP_LIMIT, Gathered, Incoming, Upload

COVERED = "sha256"  # the digest that is taken where no signature asks for another


async def take(
    upload: Upload, pieces: AsyncIterator[bytes], content_type: str, keyring: Keyring
) -> tuple[MimePart, ...]:
    """The parts of an AS4 request, decrypted: SOAP part and document whole, large attachments staged."""
    reader, taking = Reader(content_type), _Taking(upload, keyring)
    try:
        async for piece in pieces:
            for event in reader.feed(piece):
                await taking.take(event)
        reader.finish()
        return await taking.done()
    except Rejected as refusal:
        known = refusal.about if refusal.about.message_id else taking.about
        raise Rejected(*refusal.faults, about=known) from None


class _Part:
    """One part on its way: its bytes are decrypted and hashed before they go where they are kept."""

    def __init__(self, head: MimePart, into: Gathered | Incoming, announced: Announced | None) -> None:
        key = announced.key if announced else None
        self._head = head if key is None else soap.plain(head, key)
        self._into, self._reader = into, GcmReader(key.key) if key else None
        self._refusal: Rejected | None = None
        self._method = announced.digest if announced and announced.digest else COVERED
        self._hash = hashlib.new(self._method)

    async def write(self, data: bytes) -> None:
        """The next bytes; what is wrong with decrypted ones is not said before they are known to be authentic."""
        if self._reader is None:
            await self._keep(data)
            return
        opened = self._reader.feed(data)
        if self._refusal is None:
            try:
                await self._keep(opened)
            except Rejected as refusal:
                self._refusal = refusal

    async def done(self) -> MimePart:
        """The part, all of which has come."""
        if self._reader:
            last = self._reader.finish()
            if self._refusal is not None:
                raise self._refusal
            await self._keep(last)
        part = await self._into.part(self._head)
        return replace(part, encrypted=self._head.encrypted, arrived=(self._method, self._hash.digest()))

    async def _keep(self, data: bytes) -> None:
        self._hash.update(data)
        await self._into.write(data)


class _Taking:
    """The parts in the order they come: the SOAP part says what the others are."""

    def __init__(self, upload: Upload, keyring: Keyring) -> None:
        self._upload, self._keyring = upload, keyring
        self._parts: list[MimePart] = []
        self._coming: list[_Part] = []  # one at a time
        self._announced: dict[str, Announced] = {}
        self.about = Refused()  # the message, once its SOAP part has come

    async def take(self, event: MimePart | bytes) -> None:
        """The next head or bytes."""
        if isinstance(event, MimePart):
            await self._end_part()
            self._coming.append(await self._begin(event))
        else:
            await self._coming[-1].write(event)

    async def done(self) -> tuple[MimePart, ...]:
        """All parts."""
        await self._end_part()
        return tuple(self._parts)

    async def _begin(self, head: MimePart) -> _Part:
        limits, cid, hold = self._upload.limits, head.content_id, self._upload.hold
        if not self._parts:
            return _Part(head, Gathered(hold, "SOAP part", SOAP_LIMIT), None)
        if len(self._parts) == 1:
            first = self._parts[0]  # whose keys are opened: not on the loop
            self.about, self._announced = await self._upload.by.offload(
                aside.LARGE, lambda: soap.announced(first, limits, self._keyring)
            )
        if len(self._parts) > limits.attachments + 1 or cid not in self._announced:
            raise rejected(ErrorCode.EBMS_0007, "eb:PayloadInfo", say("named_parts"))
        found = self._announced[cid]
        where = f"eb:PartInfo[{[*self._announced].index(cid) + 1}]"  # no Content-ID: it may be made of a digest
        if cid == next(iter(self._announced)):
            return _Part(head, Gathered(hold, where, limits.body), found)
        if found.manifest:
            return _Part(head, Gathered(hold, where, MANIFEST), found)
        return _Part(head, await self._upload.attachment(where, compressed=found.compressed), found)

    async def _end_part(self) -> None:
        if self._coming:
            self._parts.append(await self._coming.pop().done())
