"""Valid messages to begin with: one of each shape, made with keys of this run."""

import base64
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from cryptography.hazmat.primitives.hashes import SHA256

from gateway.core import ebms, pack
from gateway.core.agreement import Limits, Party, Register
from gateway.core.errors import ErrorCode, Fault
from gateway.core.message import Peer, payload
from gateway.core.names import MessageId
from gateway.core.pmode import PROFILES, Token
from gateway.core.reference import Reference
from gateway.core.salt import RedactionKey
from gateway.core.security import sign_signal
from gateway.core.wss import ciphers
from gateway.core.wss.encrypt import Encryption, encrypt
from gateway.core.wss.sign import How, sign
from gateway.core.wss.trust import Trusted
from tests.core.making import KZ, NOW, PARTY, REGISTER, header, parts, wrapped
from tests.core.wss.making import carried, digests, signer
from tests.core.wss.recipients import drawn, recipient

CID = "part-1@kz.kgd.gateway"
CLOSING = b"</S12:Header>"
AGREED = Encryption(key="x25519")
PEER = Peer("192.0.2.1", certificate=b"the one of its connection")
LIMITS = Limits(body=100_000, message=500_000, attachment=200_000, attachments=3, elements=2000)
SIGNED, SEALED = PROFILES["ics2"], PROFILES["edelivery-2.0"]


@cache
def mime() -> Sequence[bytes]:
    """The content type on the first line, then the body."""
    document = payload("", "application/xml", b"<a>" + b"text " * 40 + b"</a>")
    content_type, body = wrapped(header(), parts(document, payload("two@x", "image/jpeg", b"\xff\xd8\r\n--b")))
    coded = base64.encodebytes(b"content " * 20)
    odd = (
        b"preamble\n--b\nContent-ID: <a@b> (one)\nContent-Transfer-Encoding:\n base64\n\n%s\n--b \n\n\n--b--\nepilogue"
    )
    return (
        content_type.encode() + b"\n" + body,
        b'multipart/related; boundary="b"; start="<a%40b>"\n' + odd % coded,
        b"multipart/related; (comment) boundary=b\n--b\r\nContent-Type: application/soap+xml\r\n\r\n"
        + soap()[0]
        + b"\r\n--b--\r\n",
    )


@cache
def soap() -> Sequence[bytes]:
    """User message, receipt, error."""
    references = [Reference(f"cid:{CID}", b"d" * 32)]
    receipt = ebms.fill_receipt(ebms.write_receipt("r@x", NOW, MessageId("m@x")), references)
    error = ebms.write_error("e@x", NOW, "m@x", [Fault(ErrorCode.EBMS_0004), Fault(ErrorCode.EBMS_0303, "part")])
    return (ebms.write_user_message(header(), parts(payload("", "application/xml", b"<a/>"))), receipt, error)


@cache
def agreed() -> tuple[Register, Party]:
    """A gateway with a key that signs and one that opens, and a partner that has the same."""
    own, opener = signer("p256"), recipient("x25519")
    trusted = Trusted({own.chain[0].fingerprint(SHA256()): own.chain[0]})
    party = replace(
        PARTY,
        id=KZ,
        certificates={PEER.certificate: ""},
        pmodes={"": SIGNED},
        messages=trusted,
        readers=(opener.certificate,),
    )
    keys = (RedactionKey(bytes(32)),)
    register = replace(REGISTER, parties={KZ: party}, keys=keys, limits=LIMITS, signers=(own,), openers=(opener,))
    return register, party


@cache
def requests() -> Sequence[bytes]:
    """A signed request and one that is encrypted as well; the content type on the first line."""
    register, party = agreed()
    packed = parts(payload("", "application/xml", b"<a>text</a>"), payload("two@x", "image/jpeg", b"\xff\xd8" * 9))
    made = [pack.pack(header(), packed, (party, pmode), register, drawn) for pmode in (SIGNED, SEALED)]
    bodies = [pack.body(one, [(part.cid, part.packed) for part in packed]) for one in made]
    return [one.content_type.encode() + b"\n" + body for one, body in zip(made, bodies, strict=True)]


@cache
def answers() -> Sequence[bytes]:
    """A signed receipt, plain and in MIME, a signed error, and a SOAP Fault; the content type on the first line."""
    receipt, error = (sign_signal(soap()[number], SIGNED, agreed()[0]) for number in (1, 2))
    multipart = b'multipart/related; boundary="b"\n--b\r\nContent-Type: application/soap+xml\r\n\r\n%s\r\n--b--'
    code = f'<S12:Fault xmlns:S12="{ebms.S12}"><S12:Code><S12:Value>S12:Sender</S12:Value></S12:Code></S12:Fault>'
    fault = error.replace(b'<S12:Body wsu:Id="body"/>', b"<S12:Body>%s</S12:Body>" % code.encode())
    plain = ebms.SOAP_TYPE.encode() + b"; charset=UTF-8\n%s"
    return (plain % receipt, multipart % receipt, plain % error, plain % fault)


@cache
def signed() -> Sequence[bytes]:
    """Envelopes signed by each kind of key, naming the certificate in each way."""
    rows = (("p256", Token.BST), ("ed25519", Token.PKIPATH), ("rsa", Token.SKI), ("p384", Token.ISSUER_SERIAL))
    return tuple(sign(soap()[0], digests(carried(), How()), signer(kind), How(token=token)) for kind, token in rows)


@cache
def encrypted() -> Sequence[bytes]:
    """Envelopes whose part is encrypted by RSA-OAEP and by X25519."""
    open_wsse = f'<wsse:Security xmlns:wsse="{ciphers.WSSE}">'.encode()
    found = []
    for kind, how in (("rsa", Encryption()), ("x25519", AGREED)):
        made = encrypt(recipient(kind).certificate, how, [(CID, "application/gzip")], lambda size: b"\x07" * size)
        found.append(soap()[0].replace(CLOSING, open_wsse + made.extra + b"</wsse:Security>" + CLOSING, 1))
    return tuple(found)
