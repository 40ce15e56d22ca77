"""The form in which a webhook gets a message is the one in which it could post it."""

from email import message_from_bytes, policy
from email.message import EmailMessage

from hypothesis import given
from hypothesis import strategies as st

from gateway.core import push
from gateway.core.manifest import MEDIA_TYPE

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20)


def read(content_type: str, body: bytes) -> list[EmailMessage]:
    """The parts, as another program reads them."""
    message = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body, policy=policy.HTTP)
    return list(message.iter_parts())  # type: ignore[arg-type]


def test_parts_are_metadata_message_attachments() -> None:
    """In that order, each with its type and exact bytes."""
    payloads = [
        ("application/xml", "", b"<a/>"),
        ("image/jpeg", "a.jpg", b"\xff\r\n--\x00"),
        ("image/png", "b.png", b""),
        (MEDIA_TYPE, "redaction.json", b"{}"),
    ]

    parts = read(*push.write("m@x", {"purpose": "таможня"}, payloads))

    assert [part.get_param("name", header="content-disposition") for part in parts] == [
        "metadata",
        "message",
        "attachment",
        "attachment",
        "manifest",
    ]
    assert [part.get_content_type() for part in parts] == [
        "application/json",
        "application/xml",
        "image/jpeg",
        "image/png",
        MEDIA_TYPE,
    ]
    assert [part.get_filename() for part in parts] == [None, None, "a.jpg", "b.png", "redaction.json"]
    assert parts[0].get_payload(decode=True) == '{"purpose": "таможня"}'.encode()
    assert [part.get_payload(decode=True) for part in parts[1:]] == [content for _, _, content in payloads]


def test_repeat_is_byte_for_byte_the_same() -> None:
    """The boundary comes from the message id: a retry sends the same bytes."""
    assert push.write("m@x", {}, []) == push.write("m@x", {}, [])
    assert push.write("m@x", {}, []) != push.write("n@x", {}, [])


@given(NAMES)
def test_file_name_cannot_break_out(name: str) -> None:
    """Quotes, backslashes and line ends in a partner's file name make no further header or parameter."""
    hostile = f'{name}"; name="message\r\nX-Injected: yes\r\n\r\n\\'

    _, body = push.write("m@x", {}, [("application/xml", "", b"<a/>"), ("image/jpeg", hostile, b"")])

    head = body.rpartition(b"--gw-")[0].rpartition(b"--gw-")[2].partition(b"\r\n\r\n")[0]
    assert [line.partition(b":")[0] for line in head.split(b"\r\n")[1:]] == [b"Content-Disposition", b"Content-Type"]
    assert head.count(b'"') == 4
    assert head.count(b"\r") == head.count(b"\n") == 2


def test_media_type_cannot_break_out() -> None:
    """Nor does a media type make a further header."""
    _, body = push.write("m@x", {}, [("application/xml\r\nX-Injected: yes", "", b"<a/>")])

    assert b"\r\nX-Injected" not in body
