"""A removed number that could be guessed in a second is confirmed by nothing that anybody but its owner can see."""

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from lxml import etree

from gateway.core import commit, manifest
from gateway.core.paths import look
from tests.api.edge import Service
from tests.house import House, eventually, sample

BODY = sample("restricted/TransitReleaseNotice--sums-control-and-official")
VALUE, SPELLED = "918244.07", b"<![CDATA[244]]>"
DOMAIN = [f"{number:03d}".encode() for number in range(1000)]  # everything else about the document is known
HEX = re.compile(rb"[0-9a-f]{64}")
BASE64 = re.compile(rb"[A-Za-z0-9+/]{43}=")


def seen(folder: Path) -> Iterator[bytes]:
    """Every file of the database, as it lies there."""
    yield from (path.read_bytes() for path in folder.rglob("*.sqlite3*") if path.is_file())


def bodies(service: Service) -> Iterator[bytes]:
    """What is packed in it, unpacked: documents, manifests; and what travelled: SOAP parts, receipts."""
    for (data,) in service.rows("SELECT data FROM bodies"):
        yield gzip.decompress(data)
    for row in service.rows("SELECT pack, receipt FROM deliveries"):
        yield from (bytes(found) for found in row if found)


def digests_in(pieces: Iterable[bytes]) -> set[bytes]:
    """Every 32 bytes that stand there, raw, in hex or in base64."""
    found: set[bytes] = set()
    for piece in pieces:
        found |= {bytes.fromhex(text.decode()) for text in HEX.findall(piece)}
        found |= {base64.b64decode(text) for text in BASE64.findall(piece)}
        found |= {piece[at : at + 32] for at in range(len(piece) - 31)}
    return found


def salts_in(pieces: Iterable[bytes]) -> list[bytes]:
    """What a guesser would try as a salt: nothing, zeros, and every digest that is written anywhere."""
    texts = {bytes.fromhex(text.decode()) for piece in pieces for text in HEX.findall(piece)}
    return [b"", bytes(32), *sorted(texts)]


def guesses(value: bytes, listed: manifest.Manifest, salts: list[bytes]) -> Iterator[bytes]:
    """Every digest that the construction, or a careless one, would take over a document with this value in it."""
    body = BODY.replace(SPELLED, b"<![CDATA[" + value + b"]]>")
    yield hashlib.sha256(body).digest()
    document = etree.fromstring(body)
    yield hashlib.sha256(commit.canonical(document)).digest()
    yield hashlib.sha256(etree.tostring(document, encoding="UTF-8", xml_declaration=True)).digest()
    tree = commit.Tree(document)
    mark = next(mark for mark in listed.marks if mark.rule == "guarantee-sum")
    gone = {tree.at(each.place) for each in listed.marks if not each.attribute}
    opening = commit.opening(tree, tree.at(mark.place), "", mark.rule, gone)
    number = b"918" + value + b".07"
    for content in (number, opening.content, opening.content + opening.following.encode()):
        yield hashlib.sha256(content).digest()
    for salt in salts:
        yield opening.commitment(salt)
        yield hashlib.sha256(b"gw-received-1" + salt + body).digest()
    yield commit.committed_of_original(document, [each for each in listed.marks if each is not mark])


def confirmed(pieces: list[bytes], listed: manifest.Manifest) -> list[bytes]:
    """The values of the domain that something in the pieces confirms."""
    there, salts = digests_in(pieces), salts_in(pieces)
    return [value for value in DOMAIN if not there.isdisjoint(guesses(value, listed, salts))]


async def visible(kz: Service, by: Service) -> tuple[list[bytes], manifest.Manifest]:
    """All that receiver, partner and console user can see of one stripped message, and its manifest."""
    reply = await kz.client.post(BODY, {"message_id": "guess@kz.example"})
    assert reply.status == 202
    repeated = await kz.client.call(
        "POST", "/messages?dry-run&message_id=guess@kz.example", None, BODY, "application/xml"
    )
    (item,) = await by.leased()
    read, (listed,) = await by.client.read(item), await by.client.manifests(item)
    assert VALUE.encode() not in read.body
    await eventually(lambda: kz.rows("SELECT 1 FROM deliveries WHERE state = 'delivered'"))
    told = await kz.client.call("GET", "/messages/guess@kz.example")
    pieces = [read.body, listed.body, told.body, repeated.body, json.dumps(item).encode()]
    pieces += [str(reply.headers).encode() for reply in (read, listed, told)]
    pieces += [*seen(kz.house.folder), *seen(by.house.folder), *bodies(kz), *bodies(by)]
    return pieces, manifest.read(listed.body)


async def test_no_guess_is_confirmed_by_anything_that_can_be_seen(
    pair: tuple[House, House], kz: Service, by: Service
) -> None:
    """Of a thousand values each is as good as the other; control: one plain digest of the document tells it."""
    pieces, listed = await visible(kz, by)

    assert confirmed(pieces, listed) == []
    plain = hashlib.sha256(BODY).hexdigest().encode()
    assert confirmed([*pieces, plain], listed) == [b"244"]
    assert pair


async def test_salt_alone_would_tell_it(kz: Service, by: Service) -> None:
    """Control: it is the secrecy of the salts that hides the value; whoever gets one opens that part, no other way."""
    pieces, listed = await visible(kz, by)
    repeat = (await kz.client.post(BODY, {"message_id": "guess@kz.example"})).json
    units = repeat["messages"][0]["redaction"]["units"]
    salts = {unit["rule"]: unit["salt"].encode() for unit in units}

    assert confirmed([*pieces, salts["guarantee-sum"]], listed) == [b"244"]
    assert confirmed([*pieces, salts["shipment-value"]], listed) == []


async def test_what_the_receiver_removed_is_confirmed_by_nothing_on_its_side(kz: Service, by: Service) -> None:
    """A partner's manifest covers the document before that: its digest would tell. Control: with it, it does."""
    for kind in kz.gateway.register().agreements[0].messages.values():
        kept = tuple(rule for rule in kind.restrictions if rule.id != "guarantee-sum")
        object.__setattr__(kind, "restrictions", kept)
        object.__setattr__(kind, "restricted", look([rule.path for rule in kept]))
    reply = await kz.client.post(BODY, {"message_id": "guess@kz.example"})
    (item,) = await by.leased()
    read, lists = await by.client.read(item), await by.client.manifests(item)
    (sent,) = [data for data in bodies(kz) if VALUE.encode() in data]
    theirs, own = (manifest.read(each.body) for each in lists)
    assert VALUE.encode() not in read.body
    pieces = [read.body, *(each.body for each in lists), json.dumps(item).encode(), *seen(by.house.folder), *bodies(by)]

    def told(more: bytes) -> list[bytes]:
        there = digests_in([*pieces, more])
        return [value for value in DOMAIN if not there.isdisjoint(arrived(value))]

    def arrived(value: bytes) -> set[bytes]:
        body = sent.replace(VALUE.encode(), b"918" + value + b".07")
        document = etree.fromstring(body)
        whole = {hashlib.sha256(body).digest(), hashlib.sha256(commit.canonical(document)).digest()}
        return whole | {commit.committed(document, theirs.marks)}

    redaction = reply.json["messages"][0]["redaction"]
    assert [mark.rule for mark in own.marks] == ["guarantee-sum"]
    assert told(b"") == []
    assert told(redaction["committed"].encode()) == [b"244"]
    assert told(reply.json["messages"][0]["sha256"].encode()) == [b"244"]


@pytest.mark.parametrize("spelling", [b"<![CDATA[244]]>", b"244"])
def test_the_domain_holds_the_value(spelling: bytes) -> None:
    """A search over other documents would confirm nothing for nothing."""
    assert b"918" + SPELLED + b".07" in BODY
    text = etree.fromstring(BODY.replace(SPELLED, spelling)).xpath("string()")
    assert VALUE in str(text)
