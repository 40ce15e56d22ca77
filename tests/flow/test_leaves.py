"""What is written down, and what never is: no value of a message, and no digest that a restricted value can be guessed from."""

import contextlib
import gzip
import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from lxml import etree

from gateway.core.entry import DIGESTS, VERSION, entry
from gateway.core.errors import Rejected
from gateway.core.tree import leaf_hash
from tests.core.making import NOW
from tests.house import SAMPLES, canaries, sample
from tests.leaves import digests, lawful
from tests.town import Node, Town

RESTRICTED = sorted(f"restricted/{path.stem}" for path in (SAMPLES / "restricted").glob("*.xml"))
INVALID = sorted(f"invalid/{path.stem}" for path in (SAMPLES / "invalid").glob("*.xml"))
ELEMENT = b"OffenceIndicator"  # its name is a canary in documents; rules and removed paths name it
TELLING = 6  # characters: what is shorter stands in ids and digests by chance


async def bodies(node: Node) -> list[bytes]:
    """Every leaf."""
    return [bytes(row["body"]) for row in await node.real.entries("", "", 100_000)]


def guessable(document: bytes, secrets: list[bytes]) -> set[str]:
    """Digests that tell whoever tries values whether a guess was right: of values, elements, the document, packed or not."""
    root = etree.fromstring(document)
    elements = [
        each for each in root.iter(etree.Element) if any(s in etree.tostring(each, encoding="utf-8") for s in secrets)
    ]
    written = [etree.tostring(each, encoding="utf-8", with_tail=False) for each in elements]
    written += [etree.tostring(each, method="c14n", with_tail=False) for each in elements]
    texts = [each.text.encode() for each in elements if each.text]
    contents = [document, *written, *texts, *secrets]
    packed = [gzip.compress(document, level, mtime=0) for level in (1, 6, 9)]
    return {made for each in (*contents, *packed) for made in _digests(each)}


def _digests(content: bytes) -> Iterator[str]:
    yield sha256(content).hexdigest()
    yield leaf_hash(content).hex()


def values(document: bytes) -> set[str]:
    """Every text and attribute value that is long enough to be told from anything else."""
    root = etree.fromstring(document)
    texts = {text.strip() for text in root.itertext()} | {str(v) for each in root.iter() for v in each.attrib.values()}
    return {text for text in texts if len(text) >= TELLING and not text.startswith("/")}  # faults have paths, too


async def test_no_leaf_holds_a_value_or_a_digest_that_could_be_guessed_from(town: Town) -> None:
    """Every restricted and every faulty sample, sent, stripped on both sides, delivered, read and refused."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    seen: set[str] = set()
    oracles: set[str] = set()
    for number, name in enumerate(RESTRICTED):
        document = sample(name)
        seen |= values(document)
        oracles |= guessable(document, canaries(name))
        try:
            await kz.post(document, f"restricted-{number}@town", to=("BY.GTK",))
        except Rejected:
            assert json.loads((SAMPLES / f"{name}.json").read_text())["outcome"] != "accepted", name
    for number, name in enumerate(INVALID):
        seen |= values(sample(name)) if b"<!DOCTYPE" not in sample(name) and wellformed(sample(name)) else set()
        with contextlib.suppress(Rejected):  # some are wrong by what is stated with them
            await kz.post(sample(name), f"invalid-{number}@town", to=("BY.GTK",))
    while await kz.deliver():
        await by.take_all()
    for node in (kz, by):
        await node.check()
        leaves = await bodies(node)
        assert len(leaves) > len(RESTRICTED)
        said = [text for leaf in map(json.loads, leaves) for text in texts(leaf)]
        assert sorted(value for value in seen if value in said) == []
        held = {digest for leaf in leaves for _, digest in digests(json.loads(leaf))}
        assert held & oracles == set()
        telling = {c.decode() for name in RESTRICTED for c in canaries(name) if len(c) >= TELLING and c != ELEMENT}
        assert sorted(secret for secret in telling if any(secret in text for text in said)) == []


def wellformed(document: bytes) -> bool:
    """Whether values can be read from it."""
    try:
        etree.fromstring(document)
    except etree.XMLSyntaxError:
        return False
    return True


def texts(value: Any) -> Iterator[str]:
    """Every text of a leaf."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value


def test_the_search_finds_what_is_there() -> None:
    """Control: a plain digest of a removed element, and one under a new name, are found."""
    name = RESTRICTED[0]
    secret = next(c for c in canaries(name) if c in sample(name))
    leaf = json.loads(entry("accepted", NOW, b"n" * 16, digest_in=sha256(secret).digest()).body)
    held = {digest for _, digest in digests(leaf)}
    assert held & guessable(sample(name), canaries(name))
    with pytest.raises(AssertionError, match="checksum"):
        lawful([entry("accepted", NOW, b"n" * 16, checksum=sha256(secret).digest()).body])
    with pytest.raises(AssertionError, match="unheard"):
        lawful([entry("unheard", NOW, b"n" * 16).body])
    lawful([entry("accepted", NOW, b"n" * 16, digest_in=b"1" * 32, parties={"a": "ab" * 32}).body])


async def test_every_leaf_has_a_nonce_of_its_own(town: Town) -> None:
    """16 random bytes each: without them a leaf hash would tell what a leaf says."""
    kz = town["KZ.KGD"]
    for number in range(5):
        await kz.post(sample("valid/TransitReleaseNotice--road-through-three-states"), f"{number}@kz", to=("BY.GTK",))
    leaves = [json.loads(body) for body in await bodies(kz)]
    assert all(leaf["v"] == VERSION and len(leaf["nonce"]) == 32 for leaf in leaves)
    assert len({leaf["nonce"] for leaf in leaves}) == len(leaves)


def test_every_digest_has_a_meaning() -> None:
    """The table that the documentation shows says something of each."""
    assert [where for where, meaning in DIGESTS.items() if not meaning.strip()] == []
