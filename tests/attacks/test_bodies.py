"""Every kind of hostile body, whole way through the stages: short answer, bounded time, nothing opened, nothing quoted."""

import socket
from time import process_time

import pytest

from gateway.core.errors import MAX_FAULTS
from gateway.core.message import Redacted
from tests.core.making import Gateway, posted, prepared, refusal, sample

PLAIN = sample("TransitReleaseNotice--road-through-three-states").decode()
HEAD, _, REST = PLAIN.partition("<trn:TransitReleaseNotice")
OPEN, _, INSIDE = REST.partition(">")
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
CANARY = "CANARY7391"
MOST_SECONDS = 20  # of CPU; the slowest takes one on a free machine


def rooted(attributes: str = "", first: str = "") -> str:
    """The sample with more in its root."""
    return f"{HEAD}<trn:TransitReleaseNotice{OPEN} {attributes}>{first}{INSIDE}"


def wrong(count: int) -> str:
    """As many wrong siblings as that."""
    return rooted(first=f"<{CANARY}/>" * count)


BODIES = {
    "200,000 attributes": rooted(" ".join(f'a{n}="{CANARY}"' for n in range(200_000))),
    "500,000 siblings": wrong(500_000),
    "199,000 siblings": wrong(199_000),
    "50,000 namespaces": rooted(" ".join(f'xmlns:n{n}="urn:{n}"' for n in range(50_000))),
    "50,000 deep": rooted(first="<a>" * 50_000 + "</a>" * 50_000),
    "a long name": rooted(first=f"<{CANARY * 6_000}/>"),
    "a long prefix": rooted(first=f'<{CANARY * 4_000}:a xmlns:{CANARY * 4_000}="u"/>'),
    "10 MB of text": rooted(first=f"<a>{CANARY * 1_000_000}</a>"),
    "9 MB in a value": PLAIN.replace("<csdo:VehicleId>", "<csdo:VehicleId>" + CANARY * 900_000, 1),
    "9 MB of the validator's words": rooted(first="Expected is ( " * 640_000),
    "many ids": rooted(first="".join(f'<a id="{CANARY}" xml:id="i{n}"/>' for n in range(100_000))),
    "schemaLocation": rooted(f'{XSI} xsi:schemaLocation="urn:x http://127.0.0.1:9/{CANARY}.xsd"'),
    "long schemaLocation": rooted(f'{XSI} xsi:schemaLocation="{"urn:x file:///etc/passwd " * 100_000}"'),
    "noNamespaceSchemaLocation": rooted(f'{XSI} xsi:noNamespaceSchemaLocation="file:///etc/{CANARY}"'),
    "XInclude": rooted(first=f'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="file:///etc/{CANARY}"/>'),
    "type confusion": rooted(f'{XSI} xsi:type="{CANARY}"'),
    "type confusion by prefix": rooted(f'{XSI} xsi:type="{CANARY}:{CANARY}"'),
    "a URL": f"http://127.0.0.1:9/{CANARY}",
    "a path": f"/etc/{CANARY}",
    "JSON": f'{{"a": "{CANARY}"}}',
    "entities": f'<!DOCTYPE a [<!ENTITY e "{CANARY}">]><a>&e;</a>',
    "C1 controls in a name": rooted(first=f"<a\u0085{CANARY}/>"),
    "bidi controls in a name": rooted(first=f"<a\u202e{CANARY}/>"),
    "NUL": rooted(first="\0"),
}


@pytest.fixture(autouse=True)
def _no_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever connects fails the law."""

    def connect(*_: object) -> None:
        message = "a connection was made"
        raise AssertionError(message)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_hostile_body_is_refused_in_bounded_time_and_few_words(body: str, kz: Gateway) -> None:
    """At most MAX_FAULTS faults, each short, none of which repeats anything of the body."""
    start = process_time()

    found = refusal(kz, posted(kz, body.encode()))

    assert process_time() - start < MOST_SECONDS
    told = [str(fault.facts()) for fault in found.faults]
    assert 1 <= len(told) <= MAX_FAULTS
    assert max(map(len, told)) < 3_000
    assert CANARY not in "".join(told) + str(found)


@pytest.mark.parametrize(
    "body",
    [
        PLAIN,
        PLAIN.replace("?>", "?><?xml-stylesheet href='http://127.0.0.1:9/a.xsl'?>", 1),
        rooted(f"{XSI}"),
    ],
    ids=["the sample", "xml-stylesheet", "a namespace that nothing uses"],
)
def test_what_harms_nobody_is_taken(body: str, kz: Gateway) -> None:
    """Control: the sample itself, and what is dropped before anything could follow it."""
    found = prepared(kz, posted(kz, body.encode()))

    assert isinstance(found, Redacted)
    assert b"xml-stylesheet" not in found.copies[0].payloads[0].content


def test_hint_where_schemas_are_is_refused_by_its_own_code(kz: Gateway) -> None:
    """With its place, before any other fault."""
    (fault,) = refusal(kz, posted(kz, BODIES["schemaLocation"].encode())).faults

    assert (fault.code.code, fault.path) == ("GW:1011", "/trn:TransitReleaseNotice")
