"""Hardened parsing: what is refused, with which code and where, and what is never looked at."""

import codecs
import threading

import pytest

from gateway.core import xml
from gateway.core.agreement import Limits
from gateway.core.errors import ErrorCode, Fault, Rejected

SMALL = Limits(body=10_000, elements=50, attributes=4, namespaces=3)
CANARY = "CANARY7391"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def refused(body: bytes, limits: Limits = SMALL) -> Fault:
    """The one fault that the body is refused with; it never repeats anything of the body."""
    with pytest.raises(Rejected) as caught:
        xml.parse(body, limits)
    (fault,) = caught.value.faults
    assert CANARY not in str(fault.facts()) + str(caught.value) + repr(caught.value.__cause__)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return fault


DOCTYPES = {
    "internal-entity": '<!DOCTYPE a [<!ENTITY e "CANARY7391">]><a>&e;</a>',
    "external-entity": '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///CANARY7391">]><a>&e;</a>',
    "public-entity": '<!DOCTYPE a [<!ENTITY e PUBLIC "x" "http://CANARY7391.example/">]><a>&e;</a>',
    "parameter-entity": '<!DOCTYPE a [<!ENTITY % e SYSTEM "http://CANARY7391.example/"> %e;]><a/>',
    "cyclic": '<!DOCTYPE a [<!ENTITY e "&f;"><!ENTITY f "&e;">]><a>&e;</a>',
    "billion-laughs": "<!DOCTYPE a [<!ENTITY l0 'CANARY7391'>"
    + "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    + "]><a>&l9;</a>",
    "quadratic": f"<!DOCTYPE a [<!ENTITY e '{'x' * 2000}'>]><a>{'&e;' * 1000}</a>",
    "external-subset": '<!DOCTYPE a SYSTEM "http://CANARY7391.example/a.dtd"><a/>',
    "bare": "<!DOCTYPE a><a/>",
    "no-space": "<!DOCTYPEa><a/>",
    "after-comment": "<!-- CANARY7391 --><!DOCTYPE a><a/>",
    "after-comment-that-quotes-one": "<!-- <!DOCTYPE x> --><!DOCTYPE a><a/>",
    "after-pi": "<?p CANARY7391?><!DOCTYPE a><a/>",
    "after-pi-that-quotes-a-comment": "<?p <!-- ?><!DOCTYPE a><!-- --><a/>",
    "after-white-space": " \t\r\n<!DOCTYPE a><a/>",
    "after-everything": DECLARATION + "\n<?p?>\n<!-- --><!-- --> <?q?>\n<!DOCTYPE a><a/>",
    "after-bom": "\ufeff" + DECLARATION + "<!DOCTYPE a><a/>",
}


@pytest.mark.parametrize("body", DOCTYPES.values(), ids=DOCTYPES.keys())
def test_any_doctype_is_refused(body: str) -> None:
    """Wherever it stands before the root and whatever it declares."""
    assert refused(body.encode()).code is ErrorCode.DOCTYPE_FORBIDDEN


@pytest.mark.parametrize(
    "body",
    [
        "<a><![CDATA[<!DOCTYPE a>]]></a>",
        "<a><!-- <!DOCTYPE a> --></a>",
        "<!-- <!DOCTYPE a> --><a/>",
        "<?p <!DOCTYPE a> ?><a/>",
        "<a/><!-- <!DOCTYPE a> -->",
    ],
)
def test_quoted_doctype_is_none(body: str) -> None:
    """The word in CDATA, a comment or a processing instruction declares nothing."""
    assert xml.parse(body.encode(), SMALL).tag == "a"


@pytest.mark.parametrize(
    "body",
    [
        "<!-- <!DOCTYPE a>",
        "<?p <!DOCTYPE a>",
        "<a><!DOCTYPE a></a>",
        "<a/><!DOCTYPE a>",
        "<!doctype a><!--<!DOCTYPE--><a/>",
    ],
)
def test_misplaced_doctype_is_not_well_formed(body: str) -> None:
    """An unclosed comment, or a DOCTYPE behind the root's start, is no document at all."""
    assert refused(body.encode()).code is ErrorCode.NOT_WELL_FORMED


OTHER = '<?xml version="1.0" encoding="%s"?><a>CANARY7391</a>'
ENCODINGS = {
    "utf-7": (OTHER % "UTF-7").encode(),
    "latin-1": (OTHER % "iso-8859-1").encode(),
    "windows-1251": (OTHER % "windows-1251").encode(),
    "single-quotes": (OTHER % "utf-16").replace('"', "'").encode(),
    "spaced": b"<?xml version='1.0' encoding = 'utf-7'?><a/>",
    "bom-against-declaration": codecs.BOM_UTF8 + (OTHER % "utf-16").encode(),
    "utf-16": (OTHER % "utf-16").encode("utf-16"),
    "utf-16-le-without-mark": (OTHER % "utf-16").encode("utf-16-le"),
    "utf-16-be-without-mark": (OTHER % "utf-16").encode("utf-16-be"),
    "utf-32": (OTHER % "utf-32").encode("utf-32"),
    "utf-32-le-without-mark": (OTHER % "utf-32").encode("utf-32-le"),
    "utf-32-be-without-mark": (OTHER % "utf-32").encode("utf-32-be"),
    "ebcdic": (OTHER % "cp037").encode("cp037"),
    "overlong": b"<a>\xc0\xafCANARY7391</a>",
    "surrogate": b"<a>\xed\xa0\x80</a>",
    "utf-7-far-behind": b'<?xml version="1.0"' + b" " * 300 + b'encoding="UTF-7"?><a>+ADw-</a>',
}


@pytest.mark.parametrize("body", ENCODINGS.values(), ids=ENCODINGS.keys())
def test_only_utf_8_is_taken(body: bytes) -> None:
    """Any other encoding, declared or not, is refused before the parser sees a byte."""
    assert refused(body).code is ErrorCode.ENCODING_FORBIDDEN


@pytest.mark.parametrize(
    "body",
    [
        b"<a>\xd0\xb0</a>",
        DECLARATION.encode() + b"<a>\xd0\xb0</a>",
        b"<?xml version='1.0' encoding='utf8'?><a>\xd0\xb0</a>",
        codecs.BOM_UTF8 + b"<a>\xd0\xb0</a>",
        codecs.BOM_UTF8 + DECLARATION.encode() + b"<a>\xd0\xb0</a>",
    ],
)
def test_utf_8_is_taken_with_and_without_mark_and_declaration(body: bytes) -> None:
    """All spellings of UTF-8 give the same characters."""
    assert xml.parse(body, SMALL).text == "а"


def test_invalid_utf_8_is_found_by_line_and_column() -> None:
    """The position is that of the first wrong byte, 1-based."""
    fault = refused(b"<a>\n<b>CANARY7391</b>\n  \xff</a>")

    assert (fault.code, fault.line, fault.column) == (ErrorCode.ENCODING_FORBIDDEN, 3, 3)


BROKEN = {
    "empty": b"",
    "spaces": b"  \n ",
    "json": b'{"a": "CANARY7391"}',
    "url": b"http://CANARY7391.example/a.xml",
    "file-url": b"file:///etc/CANARY7391",
    "path": b"/etc/passwd",
    "text": b"CANARY7391",
    "two-roots": b"<a/><CANARY7391/>",
    "trailing-text": b"<a/>CANARY7391",
    "no-end-tag": b"<a><CANARY7391></a>",
    "cut-off": b"<a CANARY7391='",
    "unbound-prefix": b"<CANARY7391:a/>",
    "unbound-attribute-prefix": b"<a CANARY7391:b='1'/>",
    "attribute-twice": b"<a CANARY7391='1' CANARY7391='2'/>",
    "same-attribute-by-two-prefixes": b"<a xmlns:p='u' xmlns:q='u' p:CANARY7391='1' q:CANARY7391='2'/>",
    "comment-with-two-hyphens": b"<a><!-- CANARY7391 -- --></a>",
    "undefined-entity": b"<a>&CANARY7391;</a>",
    "bare-ampersand": b"<a>CANARY7391 & b</a>",
    "nul": b"<a>CANARY7391\x00</a>",
    "control-character": b"<a>CANARY7391\x01</a>",
    "escaped-control-character": b"<a>&#1;CANARY7391</a>",
    "noncharacter": "<a>\uffffCANARY7391</a>".encode(),
    "cdata-end": b"<a>]]>CANARY7391</a>",
    "late-declaration": b" <?xml version='1.0'?><a/>",
    "wrong-version": b"<?xml version='CANARY7391'?><a/>",
    "less-than-in-attribute": b"<a b='<CANARY7391'/>",
    "relabelled-xml-prefix": b"<a xmlns:xml='CANARY7391'/>",
    "utf-7-without-declaration": b"+ADw-a+AD4-CANARY7391+ADw-/a+AD4-",
    "soap-multipart": b"--b\r\nContent-Type: text/xml\r\n\r\n<a/>\r\n--b--",
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_not_one_document_is_refused(body: bytes) -> None:
    """With a position, and without opening what the body may name."""
    fault = refused(body)

    assert fault.code is ErrorCode.NOT_WELL_FORMED
    assert fault.expected == "one well-formed XML document"


def test_not_well_formed_is_found_by_line() -> None:
    """The line is that of the fault in the body as it came."""
    assert refused(DECLARATION.encode() + b"\n<a>\n<b>\n</a>").line == 4


def test_inclusions_and_hints_fetch_nothing() -> None:
    """XInclude and schemaLocation are elements and attributes like any others."""
    root = xml.parse(
        b"<a xmlns:x='http://www.w3.org/2001/XInclude' xmlns:i='http://www.w3.org/2001/XMLSchema-instance'"
        b" i:schemaLocation='urn:a http://CANARY7391.example/a.xsd'><x:include href='/etc/passwd' parse='text'/></a>",
        SMALL,
    )

    assert [len(root), root.xpath("string()")] == [1, ""]


def test_comments_and_instructions_are_gone_and_text_is_whole() -> None:
    """A value that comments split is one value."""
    root = xml.parse(b"<a>se<!-- x -->cr<?p y?>e<![CDATA[t]]></a>", SMALL)

    assert (root.text, len(root)) == ("secret", 0)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b"<a/>", True),
        (DECLARATION.encode() + b"<a/>", True),
        (codecs.BOM_UTF8 + DECLARATION.encode() + b"<a/>", True),
        (b"<a>&lt;?x</a>", True),
        (b"<a><!-- --></a>", False),
        (b"<a><?p?></a>", False),
        (b"<?p?><a/>", False),
        (b"<?xml-stylesheet href='x'?><a/>", False),
        (DECLARATION.encode() + b"<?p?><a/>", False),
        (DECLARATION.encode() + b"<a/><!-- -->", False),
        (b"<a><![CDATA[<!-- -->]]></a>", False),
    ],
)
def test_bytes_are_exact_only_where_parsing_dropped_nothing(body: bytes, *, kept: bool) -> None:
    """A comment or instruction anywhere means that the bytes may not go on as they came."""
    assert xml.exact(body) is kept


def test_serialized_document_is_utf_8_with_declaration() -> None:
    """What is written is read back as the same document, and exactly."""
    root = xml.parse("<a б='в'>г&lt;&amp;</a>".encode(), SMALL)

    written = xml.serialize(root)

    assert written.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    assert xml.exact(written)
    again = xml.parse(written, SMALL)
    assert (again.text, dict(again.attrib)) == ("г<&", {"б": "в"})


def test_parsing_in_many_threads_keeps_faults_apart() -> None:
    """Each thread gets the line of its own body."""
    found: dict[int, set[int]] = {}

    def run(line: int) -> None:
        found[line] = {refused(b"\n" * (line - 1) + b"<a>&x;</a>").line for _ in range(50)}

    threads = [threading.Thread(target=run, args=(line,)) for line in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == {line: {line} for line in range(1, 9)}


@pytest.mark.parametrize("body", [b"<depth></a>", b"<a><in-depth></a>"])
def test_element_named_depth_is_not_called_depth(body: bytes) -> None:
    """The kind of fault does not depend on what the sender calls its elements."""
    assert refused(body).code is ErrorCode.NOT_WELL_FORMED
