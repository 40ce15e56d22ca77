"""The `as4` package reads what we sign and encrypt, and we read what it does: without any network between."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree

from gateway.core import ebms, mime, xml
from gateway.core.agreement import Limits
from gateway.core.errors import Rejected
from gateway.core.message import payload
from gateway.core.wss import names
from gateway.core.wss.carried import Octets
from gateway.core.wss.decrypt import open_keys, require_encrypted
from gateway.core.wss.encrypt import Encryption, encrypt, writer
from gateway.core.wss.gcm import GcmReader
from gateway.core.wss.keys import Signer, local_signer
from gateway.core.wss.keywrap import local_opener
from gateway.core.wss.sign import How, PartDigest, sign
from gateway.core.wss.verify import Allowed, Verified, verify
from tests.asking import octets
from tests.core.making import header, parts
from tests.core.wss.making import Wish, certificate, key
from tests.peers.environment import Peer

DOCUMENT = b"<a>content &#1072;</a>"
ALLOWED = Allowed(frozenset({"rsa-sha256"}))
SAID = {
    "own": "BY.GTK",
    "to": "KZ.KGD",
    "type": "urn:x",
    "agreement": "eurasec-customs:1.0",
    "service": "urn:s",
    "service_type": "",
    "action": "A",
    "properties": [["originalSender", "BY.GTK"], ["finalRecipient", "KZ.KGD"]],
}


def signer(number: int) -> Signer:
    """One of two access points with RSA keys: the package knows no others."""
    own = key("rsa", number)
    return local_signer((certificate(own, Wish(serial=4096 + number)),), own)


@pytest.fixture(scope="module")
def as4(as4_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """The other access point: its key is the second, ours the first."""
    folder = tmp_path_factory.mktemp("as4")
    private = key("rsa", 1).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    contents = (private, *(signer(number).chain[0].public_bytes(Encoding.PEM) for number in (1, 0)))
    files = [folder / name for name in ("key.pem", "own.pem", "other.pem")]
    for path, content in zip(files, contents, strict=True):
        path.write_bytes(content)
    peer = Peer(as4_python, *files)
    yield peer
    peer.close()


def written(how: How, *, encrypted: bool) -> tuple[str, bytes]:
    """A message of ours with two parts: its content type and body."""
    found = parts(payload("", "application/xml", DOCUMENT), payload("pic@x", "image/jpeg", bytes(range(256)) * 9))
    extra, contents = b"", {part.cid: part.packed for part in found}
    if encrypted:
        rows = [(part.cid, "application/gzip") for part in found]
        made = encrypt(signer(1).chain[0], Encryption(token=how.token), rows, lambda size: b"\x2a" * size)
        extra = made.extra
        for cid, content in contents.items():
            to = writer(made.key, cid)
            contents[cid] = to.feed(content) + to.finish()
    digests = [PartDigest(part.cid, Octets("", part.packed).digest(how.digest)) for part in found]
    soap = sign(ebms.write_user_message(header(), found), digests, signer(0), how, extra)
    rows = [b"Content-Type: application/soap+xml; charset=UTF-8\r\n\r\n" + soap]
    rows += [
        b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <%s>\r\n\r\n%s"
        % (cid.encode(), content)
        for cid, content in contents.items()
    ]
    body = b"".join(b"--b\r\n%s\r\n" % row for row in rows) + b"--b--\r\n"
    return 'multipart/related; boundary="b"; type="application/soap+xml"', body


def read(content_type: str, body: bytes) -> tuple[Verified, dict[str, bytes]]:
    """The peer's message as the gateway takes it: decrypted, verified, inflated."""
    soap, *others = mime.split(body, content_type)
    envelope = xml.parse(soap.content, Limits())
    (security,) = envelope.iter(names.SECURITY)
    keys = open_keys(security, [local_opener(signer(0).chain[0], key("rsa", 0))], bytes)
    require_encrypted(keys, [part.content_id for part in others])
    packed = {}
    for part in others:
        reader = GcmReader(keys[part.content_id].key)
        packed[part.content_id] = reader.feed(part.content) + reader.finish()
    found = verify(envelope, {cid: Octets("", content) for cid, content in packed.items()}, ALLOWED, ())
    return found, {cid: gzip.decompress(content) for cid, content in packed.items()}


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_the_peer_takes_what_we_sign_and_encrypt(as4: Peer, digest: str) -> None:
    """Two parts, and its signed receipt repeats every digest of ours."""
    content_type, body = written(How(digest=digest), encrypted=True)

    taken = as4.ask("take", content_type=content_type, body=body, own="KZ.KGD")

    assert taken.get("error") == "", taken
    assert [octets(one) for one in taken["documents"].values()] == [DOCUMENT, bytes(range(256)) * 9]
    envelope = etree.fromstring(octets(taken["signal"]))
    receipt = ebms.read_signal(next(envelope.iter(names.MESSAGING)))
    assert receipt is not None
    sent = etree.fromstring(mime.split(body, content_type)[0].content)
    assert {one.digest for one in receipt.references} == {
        octets(found.text or "") for found in sent.iter(f"{{{ebms.DS}}}DigestValue")
    }
    verified = verify(envelope, {}, ALLOWED, ())
    assert verified.chain[0] == signer(1).chain[0]


@pytest.mark.parametrize("where", [b"BY.GTK", b"eurasec-customs:1.0", b"</S12:Body>", b"\r\n--b\r\nContent-Type: app"])
def test_the_peer_refuses_what_was_changed_on_the_way(as4: Peer, where: bytes) -> None:
    """The control of the law above: the same message with one byte changed."""
    content_type, body = written(How(), encrypted=True)
    body = body.replace(b'<S12:Body wsu:Id="body"/>', b'<S12:Body wsu:Id="body"></S12:Body>')
    at = body.rindex(where)
    changed = body[: at - 1] + (b"7" if body[at - 1 : at] != b"7" else b"8") + body[at:]

    taken = as4.ask("take", content_type=content_type, body=changed, own="KZ.KGD")

    assert taken.get("error") or taken.get("raised"), taken


def test_we_take_what_the_peer_signs_and_encrypts(as4: Peer) -> None:
    """Header, Body and the part are signed by its key, and open with ours."""
    sent = as4.ask("send", document=DOCUMENT, **SAID)

    verified, documents = read(sent["content_type"], octets(sent["body"]))

    assert list(documents.values()) == [DOCUMENT]
    assert verified.chain[0] == signer(1).chain[0]
    assert len(verified.references) == 3


def test_we_refuse_what_of_the_peers_was_changed_on_the_way(as4: Peer) -> None:
    """The control of the law above."""
    sent = as4.ask("send", document=DOCUMENT, **SAID)
    for old, new in ((b">KZ.KGD<", b">KZ.KGE<"), (b">A<", b">B<")):
        with pytest.raises(Rejected):
            read(sent["content_type"], octets(sent["body"]).replace(old, new, 1))
