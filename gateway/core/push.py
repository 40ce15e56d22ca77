"""A message as multipart/form-data: the form in which `POST /messages` takes it and a webhook gets it."""

import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256

from gateway.core.manifest import MEDIA_TYPE

UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\]')  # what could end a header or a quoted name
Payload = tuple[str, str, bytes]  # media type, file name, content


def write(message_id: str, metadata: Mapping[str, object], payloads: Sequence[Payload]) -> tuple[str, bytes]:
    """Content type and body: part `metadata` (JSON), part `message` (XML), `attachment` or `manifest` for each other."""
    content_type, heads, end = frame(message_id, metadata, [payload[:2] for payload in payloads])
    contents = [content for _, _, content in payloads] or [b""]
    return content_type, b"".join([piece for pair in zip(heads, contents, strict=True) for piece in pair] + [end])


def frame(
    message_id: str, metadata: Mapping[str, object], payloads: Sequence[tuple[str, str]]
) -> tuple[str, list[bytes], bytes]:
    """Content type, what stands before each (media type, file name)'s content (the metadata first), and the end."""
    boundary = f"gw-{sha256(message_id.encode()).hexdigest()[:32]}"
    facts = _head(boundary, "metadata", "application/json", "") + json.dumps(metadata, ensure_ascii=False).encode()
    heads = [
        b"\r\n" + _head(boundary, _field(number, media_type), media_type, name)
        for number, (media_type, name) in enumerate(payloads)
    ]
    first = facts + (heads[0] if heads else b"")
    return f'multipart/form-data; boundary="{boundary}"', [first, *heads[1:]], f"\r\n--{boundary}--\r\n".encode()


def _field(number: int, media_type: str) -> str:
    if number == 0:
        return "message"
    return "manifest" if media_type == MEDIA_TYPE else "attachment"


def _head(boundary: str, field: str, media_type: str, name: str) -> bytes:
    quoted, media_type = UNSAFE.sub("", name), UNSAFE.sub("", media_type)
    filename = f'; filename="{quoted}"' if quoted else ""
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"{filename}\r\nContent-Type: {media_type}\r\n\r\n'
    return head.encode()
