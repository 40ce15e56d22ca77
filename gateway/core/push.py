"""A message as multipart/form-data: the form in which `POST /messages` takes it and a webhook gets it."""

import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha256

UNSAFE = re.compile(r'[\x00-\x1f\x7f"\\]')  # what could end a header or a quoted name
Payload = tuple[str, str, bytes]  # media type, file name, content


def write(message_id: str, metadata: Mapping[str, object], payloads: Sequence[Payload]) -> tuple[str, bytes]:
    """Content type and body: part `metadata` (JSON), part `message` (XML), one part `attachment` for each other."""
    boundary = f"gw-{sha256(message_id.encode()).hexdigest()[:32]}"
    rows = [("metadata", "application/json", "", json.dumps(metadata, ensure_ascii=False).encode())]
    rows += [
        ("message" if number == 0 else "attachment", media_type, name, content)
        for number, (media_type, name, content) in enumerate(payloads)
    ]
    pieces = [_part(boundary, *row) for row in rows]
    return f'multipart/form-data; boundary="{boundary}"', b"".join([*pieces, f"--{boundary}--\r\n".encode()])


def _part(boundary: str, field: str, media_type: str, name: str, content: bytes) -> bytes:
    quoted, media_type = UNSAFE.sub("", name), UNSAFE.sub("", media_type)
    filename = f'; filename="{quoted}"' if quoted else ""
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"{filename}\r\nContent-Type: {media_type}\r\n\r\n'
    return head.encode() + content + b"\r\n"
