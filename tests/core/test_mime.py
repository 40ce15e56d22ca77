"""MIME multipart/related: forgiving about line ends and preambles, strict about structure."""

import base64
from contextlib import suppress
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core import mime
from gateway.core.errors import ErrorCode, Rejected

TYPE = 'multipart/related; boundary="b 1"; type="application/soap+xml"'
TWO = (
    b"--b 1\r\nContent-Type: Application/SOAP+XML; charset=UTF-8\r\nContent-ID: <soap@x>\r\n\r\n<a/>\r\n"
    b"--b 1\r\nContent-Type: application/gzip\r\nContent-ID: two@x\r\n\r\n\x1f\x8b\r\n\r\n\x00\n\r\n--b 1--\r\n"
)

B64 = b"--b 1\r\nContent-Transfer-Encoding: BASE64 \r\n\r\n%s\r\n--b 1--\r\n"


def broken(body: bytes, content_type: str = TYPE) -> str:
    """What was expected of a body that is EBMS:0007."""
    with pytest.raises(Rejected) as caught:
        mime.split(body, content_type)
    (fault,) = caught.value.faults
    assert (fault.code, fault.path) == (ErrorCode.EBMS_0007, "MIME")
    return fault.expected


def test_parts_come_in_order_with_exact_content() -> None:
    """Binary content, blank lines in it included, is untouched."""
    first, second = mime.split(TWO, TYPE)

    assert (first.media_type, first.content_id, first.content) == ("application/soap+xml", "soap@x", b"<a/>")
    assert (second.media_type, second.content_id, second.content) == (
        "application/gzip",
        "two@x",
        b"\x1f\x8b\r\n\r\n\x00\n",
    )


def test_lf_only_is_read_as_crlf() -> None:
    """Some peers end lines with LF alone."""
    body = b"--b 1\nContent-Type: text/xml\nContent-ID: <x>\n\none\ntwo\n--b 1--\n"

    (part,) = mime.split(body, TYPE)

    assert (part.media_type, part.content_id, part.content) == ("text/xml", "x", b"one\ntwo")


def test_preamble_and_epilogue_are_ignored() -> None:
    """RFC 2046 5.1.1 allows both."""
    assert mime.split(b"a preamble\r\n--b 2\r\n\r\n" + TWO + b"an epilogue", TYPE) == mime.split(TWO, TYPE)


def test_white_space_behind_a_boundary_is_ignored() -> None:
    """RFC 2046 5.1.1: transport padding."""
    assert mime.split(TWO.replace(b"--b 1\r\n", b"--b 1 \t\r\n"), TYPE) == mime.split(TWO, TYPE)


def test_folded_headers_are_one_line() -> None:
    """RFC 5322 2.2.3."""
    body = b"--b 1\r\nContent-Type:\r\n application/xml;\r\n\tcharset=x\r\n\r\n<a/>\r\n--b 1--"

    (part,) = mime.split(body, TYPE)

    assert part.headers == {"content-type": "application/xml; charset=x"}


@given(st.binary(max_size=200), st.sampled_from([b"", b"\r\n", b"\n", b" \t"]), st.integers(4, 76))
def test_base64_part_is_its_bytes(content: bytes, gap: bytes, width: int) -> None:
    """In lines of any length, with any white space; 8bit leaves the content as it is."""
    text = base64.b64encode(content)
    lines = gap.join(text[at : at + width] for at in range(0, len(text), width))

    (decoded,), (as_it_is,) = mime.split(B64 % lines, TYPE), mime.split((B64 % lines).replace(b"BASE64", b"8bit"), TYPE)

    assert (decoded.content, as_it_is.content) == (content, lines)


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (TWO, "multipart/related", "a boundary parameter"),
        (TWO, "", "a boundary parameter"),
        (TWO, 'multipart/related; boundary=""', "a boundary parameter"),
        (TWO, "multipart/related; boundary=other", "the boundary at the start of a line"),
        (b"", TYPE, "the boundary at the start of a line"),
        (TWO, 'multipart/related; boundary="b 1', "a boundary parameter"),
        (TWO, TYPE + "; boundary=b", "a boundary parameter"),
        (b"x--b 1\r\n\r\n\r\nx--b 1--", TYPE, "the boundary at the start of a line"),
        (TWO.removesuffix(b"--\r\n"), TYPE, "a closing boundary"),
        (TWO[:150], TYPE, "a closing boundary"),
        (b"--b 1\r\nContent-ID: <x>\r\n--b 1--", TYPE, "headers and a blank line in every part"),
        (b"--b 1\r\nA: " + b"x" * 9000 + b"\r\n\r\n\r\n--b 1--", TYPE, "headers and a blank line in every part"),
        (b"--b 1\r\nno colon\r\n\r\n<a/>\r\n--b 1--", TYPE, "name: value in every header line"),
        (b"--b 1\r\n : no name\r\n\r\n<a/>\r\n--b 1--", TYPE, "name: value in every header line"),
        (b"--b 1--\r\n", TYPE, "at least one part"),
        (B64 % b"PGEvPg=", TYPE, "base64 as the part's header says"),
        (B64 % b"PGEvPg==PGEvPg==", TYPE, "base64 as the part's header says"),
        (B64 % b"PGE*vPg==", TYPE, "base64 as the part's header says"),
        (B64 % b"\xd0\xb0", TYPE, "base64 as the part's header says"),
        (b"--b 1\r\nA: b\r\n\r\n\r\n" * 65 + b"--b 1--", TYPE, "at most 64 parts"),
    ],
)
def test_broken_structure_is_a_mime_inconsistency(body: bytes, content_type: str, expected: str) -> None:
    """Each kind of break says what was expected, and nothing of the body."""
    assert broken(body, content_type) == expected


def test_sixty_four_parts_are_allowed() -> None:
    """The limit is inclusive of the last part."""
    assert len(mime.split(b"--b 1\r\nA: b\r\n\r\n\r\n" * 63 + b"--b 1--", TYPE)) == 63


@pytest.mark.parametrize(
    ("content_type", "media_type", "parameters"),
    [
        ("Text/XML", "text/xml", {}),
        ('a/b; BOUNDARY="x;y"; c=d', "a/b", {"boundary": "x;y", "c": "d"}),
        ("multipart/related;\r\n boundary=x", "multipart/related", {"boundary": "x"}),
        ("", "", {}),
    ],
)
def test_parameters_are_read_as_mime_writes_them(
    content_type: str, media_type: str, parameters: dict[str, str]
) -> None:
    """Names in lower case, quotes gone, folding undone."""
    assert mime.parameters(content_type) == (media_type, parameters)


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/related; boundary*=utf-8''b",
        "multipart/related; boundary*0*=b; boundary*1=c",
        "multipart/related; boundary=\u00e9\udc80",  # as aiohttp reads one letter of UTF-8 and one stray byte
    ],
)
def test_odd_boundary_is_no_crash(content_type: str) -> None:
    """A charset in a parameter, or bytes that are none: the answer is a refusal."""
    assert broken(TWO, content_type) != ""


def test_long_parameters_are_read_in_bounded_time() -> None:
    """A header a hundred times the longest that the listener takes is still read: the work does not grow by the square."""
    start = perf_counter()

    mime.parameters("multipart/related;" + "a" * 800_000)

    assert perf_counter() - start < 10


@given(st.binary(max_size=300), st.sampled_from([TYPE, "multipart/related; boundary=-"]))
def test_any_body_is_split_or_refused(body: bytes, content_type: str) -> None:
    """No body is a crash; `|` makes further boundaries."""
    found: tuple[mime.MimePart, ...] = ()
    with suppress(Rejected):
        found = mime.split(b"--b 1\r\n" + body.replace(b"|", b"\r\n--b 1"), content_type)

    assert all(b"\n--b 1\r\n" not in part.content for part in found)


def piecewise(body: bytes, step: int, content_type: str = TYPE) -> list[tuple[str, bytes]]:
    """The parts of a body that comes in steps."""
    reader, found = mime.Reader(content_type), list[tuple[str, bytes]]()
    for at in range(0, len(body), step):
        for event in reader.feed(body[at : at + step]):
            if isinstance(event, bytes):
                found[-1] = (found[-1][0], found[-1][1] + event)
            else:
                found.append((event.content_id, b""))
    reader.finish()
    return found


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5), st.integers(1, 40), st.booleans())
def test_however_a_body_is_cut_its_parts_are_the_same(contents: list[bytes], step: int, encoded: bool) -> None:  # noqa: FBT001 - drawn
    """A boundary, a head or four letters of base64 may come in two pieces."""
    rows = [
        b"--b 1\r\nContent-ID: <%d@x>\r\n%s\r\n%s\r\n"
        % (number, b"Content-Transfer-Encoding: base64\r\n" * encoded, base64.b64encode(one) if encoded else one)
        for number, one in enumerate(contents)
    ]
    body = b"preamble\r\n" + b"".join(rows) + b"--b 1--\r\nepilogue\r\n--b 1\r\n"
    with suppress(Rejected):
        expected = [(part.content_id, part.content) for part in mime.split(body, TYPE)]
        assert piecewise(body, step) == expected


def test_a_part_comes_piece_by_piece_and_nothing_is_held_back_for_long() -> None:
    """No more of a large part is kept than a boundary is long."""
    reader, came = mime.Reader(TYPE), 0
    list(reader.feed(b"--b 1\r\nA: b\r\n\r\n"))
    for number in range(1, 100):
        came += sum(len(event) for event in reader.feed(bytes(1000)) if isinstance(event, bytes))
        assert number * 1000 - came < 10


@pytest.mark.parametrize("head", [b"\r\n" + b"x" * 20_000, b"\r\n" + b"A: b\r\n" * 2000])
def test_a_head_that_does_not_end_is_refused_while_it_comes(head: bytes) -> None:
    """What has no end is not waited for."""
    reader = mime.Reader(TYPE)
    with pytest.raises(Rejected):
        list(reader.feed(b"--b 1" + head))


def test_nothing_stands_behind_the_padding_of_base64_however_it_comes() -> None:
    """The control ends with its padding."""
    piecewise(B64 % b"PGEvPg==", 3)
    with pytest.raises(Rejected):
        piecewise(B64 % b"PGEvPg==PGEvPg==", 3)
