"""What other products write as MIME, and what some proxies make of it: read where it has one meaning only."""

import base64
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core import mime
from gateway.core.agreement import Limits
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.fields import named_by
from tests.reading import messaging

ODD = "'()+_,-./:=? 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
GZIP = b"\x1f\x8b\x08\x00--\r\n\n\r\x00 --b\r\n--"
SOAP = (
    b'<S:Envelope xmlns:S="http://www.w3.org/2003/05/soap-envelope"><S:Header>'
    b'<e:Messaging xmlns:e="http://docs.oasis-open.org/ebxml-msg/ebms/v3.0/ns/core/200704/"/></S:Header></S:Envelope>'
)
LIMITS = Limits(
    body=10_000, message=50_000, attachment=20_000, attachments=2, elements=1000, attributes=16, namespaces=16
)


def written(*parts: tuple[str, bytes], boundary: str = "b", end: bytes = b"\r\n") -> bytes:
    """A body of (headers, content)."""
    rows = (
        b"--%s%s%s%s%s%s%s" % (boundary.encode(), end, head.encode().replace(b"\n", end), end, end, content, end)
        for head, content in parts
    )
    return b"".join(rows) + b"--%s--%s" % (boundary.encode(), end)


TWO = (("Content-Type: application/soap+xml", SOAP), ("Content-Type: application/gzip\nContent-ID: <two@x>", GZIP))


def contents(body: bytes, content_type: str = "multipart/related; boundary=b") -> list[bytes]:
    """What the parts carry."""
    return [part.content for part in mime.split(body, content_type)]


def expected(body: bytes, content_type: str = "multipart/related; boundary=b") -> str:
    """What was expected of a body that is EBMS:0007."""
    with pytest.raises(Rejected) as caught:
        mime.split(body, content_type)
    assert [fault.code for fault in caught.value.faults] == [ErrorCode.EBMS_0007]
    return str(caught.value.faults[0].expected)


@pytest.mark.parametrize(
    ("boundary", "stated"),
    [
        (ODD[:69] + "x", f'"{ODD[:69]}x"'),
        ("----=_Part_1717_975796272.1542101028884", "----=_Part_1717_975796272.1542101028884"),
        ("uuid:72b2d91d-e977-4a32-bf07-1af7c3ee5c92", '"uuid:72b2d91d-e977-4a32-bf07-1af7c3ee5c92"'),
        ("(b)", '"(b)"'),
        ('a"b', r'"a\"b"'),
        ("--", "--"),
        ("b--", "b--"),
        ("b'", "b'"),
    ],
)
def test_any_boundary_of_rfc_2046_is_found(boundary: str, stated: str) -> None:
    """Quoted or not, of seventy letters, with spaces and equal signs."""
    assert contents(written(*TWO, boundary=boundary), f"multipart/related; boundary={stated}; type=a/b") == [SOAP, GZIP]


def test_content_may_begin_a_line_with_the_boundary() -> None:
    """Only a whole line ends a part: a nested multipart may use a longer boundary."""
    longer = b"--bb\r\n--b x\n--b-\n--b\t" + b" " * 200 + b"\n--b" + b" " * 200

    assert contents(written(("A: b", longer))) == [longer]


@given(
    st.lists(st.sampled_from([b"\n--b", b"\r\n--b", b"-", b"--", b" ", b"\r", b"\n", b"x", b"\n\n"]), max_size=12),
    st.integers(1, 12),
    st.sampled_from([b"\r\n", b"\n"]),
)
def test_what_looks_like_a_boundary_is_read_the_same_in_pieces(bits: list[bytes], step: int, end: bytes) -> None:
    """Whole or in steps, accepted or refused: the same parts."""
    body, content_type = written(("A: b", b"".join(bits)), ("C: d", b"x"), end=end), "a/b; boundary=b"
    found: list[list[bytes]] = []
    for size in (len(body), step):
        reader, parts = mime.Reader(content_type), list[bytes]()
        with suppress(Rejected):
            for at in range(0, len(body), size):
                for event in reader.feed(body[at : at + size]):
                    parts = [*parts[:-1], parts[-1] + event] if isinstance(event, bytes) else [*parts, b""]
            reader.finish()
        found.append(parts)

    assert found[0] == found[1]


def test_a_carriage_return_before_a_boundary_is_content_where_lines_end_with_lf() -> None:
    """One ciphertext in 256 ends so; the control: lines that end with CRLF own it."""
    assert contents(written(("A: b", b"x\r"), end=b"\n")) == [b"x\r"]
    assert contents(written(("A: b", b"x\r"))) == [b"x\r"]
    assert contents(b"--b\nA: b\r\n\nx\r\n--b--") == [b"x"]
    assert contents(b"--b\nA: b\n\nx\r\n--b\r\nA: b\n\ny\r\n--b--") == [b"x", b"y"]


@pytest.mark.parametrize("first", [b"\r\n", b"\n", b"\r\n\r\n", b"", b"This is MIME.\r\n\r\n", b"--bb\r\n--b x\r\n"])
def test_whatever_stands_before_the_first_boundary_is_no_part(first: bytes) -> None:
    """An empty line is what JavaMail writes there."""
    assert contents(first + written(*TWO)) == [SOAP, GZIP]


@pytest.mark.parametrize("headers", ["", "A: b"])
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_part_may_have_no_headers_and_no_content(headers: str, end: bytes) -> None:
    """RFC 2046 5.1.1: both are optional, and the blank line's end may be the one before the boundary."""
    empty = b"--b%s%s%s--b--" % (end, headers.encode() + end if headers else b"", end)

    assert contents(empty) == [b""]


@pytest.mark.parametrize("encoding", ["binary", "8BIT", "7bit", "Binary (as it is)", "BASE64", "base64(x)"])
def test_the_transfer_encoding_is_read_in_any_case(encoding: str) -> None:
    """With or without a comment."""
    coded = base64.encodebytes(GZIP) if encoding.lower().startswith("base64") else GZIP

    assert contents(written((f"content-transfer-ENCODING: {encoding}", coded))) == [GZIP]


@pytest.mark.parametrize("encoding", ["quoted-printable", "x-uuencode", "gzip", "base64 binary"])
def test_another_transfer_encoding_is_refused(encoding: str) -> None:
    """Quoted-printable has more than one reading, and no AS4 product writes it."""
    body = written((f"Content-Transfer-Encoding: {encoding}", b"a=3D"))

    assert expected(body) == "Content-Transfer-Encoding: binary, 8bit, 7bit or base64"


@pytest.mark.parametrize(
    ("head", "cid"),
    [
        ("Content-ID: <a@b>", "a@b"),
        ("CONTENT-id:a@b", "a@b"),
        ("Content-Id:\n <a@b>\n\t(the (second) part)", "a@b"),
        ("Content-ID : <a%40b>", "a@b"),
        ('Content-ID: <"(a)"@b>', '"(a)"@b'),
        ("Content-ID: a) b", "a) b"),
        ("X: =?utf-8?B?PGE+?=\nX: again\nContent-Description: (", ""),
    ],
)
def test_a_content_id_is_read_as_any_product_writes_it(head: str, cid: str) -> None:
    """In any case, folded, with comments; encoded words stand in headers that nobody reads (RFC 2047 5)."""
    (part,) = mime.split(written((head, b"x")), "multipart/related; boundary=b")

    assert part.content_id == cid


@pytest.mark.parametrize(
    ("href", "cid"),
    [
        ("cid:a@b", "a@b"),
        ("cid:a%40b", "a@b"),
        ("CID:a+b%2Bc", "a+b+c"),
        ("cid:%D0%B0", "а"),
        ("#a", ""),
        ("http://cid:a", ""),
        ("", ""),
    ],
)
def test_a_cid_url_names_a_content_id(href: str, cid: str) -> None:
    """Percent-encoded or not (RFC 2392 2)."""
    assert named_by(href) == cid


@pytest.mark.parametrize("name", ["Content-Type", "content-id", "CONTENT-TRANSFER-ENCODING"])
def test_a_header_that_says_what_a_part_is_stands_once(name: str) -> None:
    """Two values would be two messages to two readers; the control: of any other header the first counts."""
    (part,) = mime.split(written(("X: 1\nX: 2", b"x")), "multipart/related; boundary=b")
    assert part.headers == {"x": "1"}

    assert expected(written((f"{name}: binary\n{name.title()}: binary", b"x"))) == "each header of a part once"


@pytest.mark.parametrize("again", ["<a@x>", "a@x", "<a%40x>", "<a@x> (again)"])
def test_no_two_parts_have_one_content_id(again: str) -> None:
    """However it is written; parts without one may be many."""
    assert len(contents(written(("A: b", b""), ("A: b", b"")))) == 2

    body = written(("Content-ID: <a@x>", b""), (f"Content-ID: {again}", b""))
    assert expected(body) == "a Content-ID of its own for every part"


@pytest.mark.parametrize("start", ["<root@x>", "root@x", "<root%40x>"])
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_the_root_is_the_part_that_start_names(start: str, step: int) -> None:
    """RFC 2387 3.2: wherever it stands it comes first, the others in their order."""
    rows = [(f"Content-ID: <{name}@x>", name.encode()) for name in ("one", "two", "root", "three")]
    reader, found = mime.Reader(f'multipart/related; start="{start}"; boundary=b'), list[bytes]()
    body = written(*rows)

    for at in range(0, len(body), step):
        for event in reader.feed(body[at : at + step]):
            found = [*found[:-1], found[-1] + event] if isinstance(event, bytes) else [*found, b""]
    reader.finish()

    assert found == [b"root", b"one", b"two", b"three"]


def test_a_start_that_names_no_part_is_refused() -> None:
    """Also where the first part has no Content-ID; the control: without `start` that is the root."""
    assert len(contents(written(*TWO))) == 2

    body = written(*TWO)
    assert expected(body, "a/b; boundary=b; start=soap") == "the part that start names, within the first megabyte"


def test_no_more_than_a_megabyte_waits_for_the_root() -> None:
    """What comes before it is held."""
    rows = (("A: b", bytes(mime.MAX_BEFORE_ROOT)), ("Content-ID: r", b"x"))
    assert contents(written(*rows), "a/b; boundary=b; start=r")[0] == b"x"

    body = written(("A: b", bytes(mime.MAX_BEFORE_ROOT + 1)), rows[1])
    assert expected(body, "a/b; boundary=b; start=r") == "the part that start names, within the first megabyte"


@pytest.mark.parametrize("content_type", ["application/soap+xml; charset=UTF-8", "multipart/related; boundary=b"])
def test_a_byte_order_mark_before_the_envelope_is_no_fault(content_type: str) -> None:
    """Where it says UTF-8 (eDelivery AS4 1.4.2.3); the control: another one is."""
    soap = b"\xef\xbb\xbf" + SOAP
    body = soap if "soap" in content_type else written((TWO[0][0], soap))
    other = body.replace(b"\xef\xbb\xbf", b"\xfe\xff")

    assert messaging(body, content_type, LIMITS)[0].tag.endswith("Messaging")
    with pytest.raises(Rejected):
        messaging(other, content_type, LIMITS)


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ('a/b; type="x; boundary=c"; boundary=b', "b"),
        ('a/b (with; boundary=c); boundary=b; start="c"', "b"),
        ('a/b; x="; boundary=b', ""),
        ("a/b; boundary", ""),
        ("a/b; boundary=b; boundary*=b", "b"),
    ],
)
def test_a_boundary_is_read_from_its_own_parameter(content_type: str, boundary: str) -> None:
    """Never from a quoted string or a comment."""
    assert mime.parameters(content_type)[1].get("boundary", "") == boundary
