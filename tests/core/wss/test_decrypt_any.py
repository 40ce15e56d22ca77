"""Whatever an encryption header is turned into, it is read or refused: nothing else comes out."""

import copy

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.core import pmode
from gateway.core.errors import ErrorCode, Rejected
from gateway.core.wss import ciphers
from gateway.core.wss.decrypt import open_keys
from gateway.core.wss.encrypt import Encryption, encrypt
from tests.core.wss.recipients import drawn, header, recipient

CIDS = [("one@kz", "application/gzip"), ("two@kz", "application/gzip")]
WAYS = (
    ("rsa", Encryption(token=pmode.Token.BST)),
    ("rsa", Encryption(token=pmode.Token.ISSUER_SERIAL)),
    ("x25519", Encryption(key=ciphers.X25519)),
    ("p256", Encryption(key=ciphers.ECDH, derivation=ciphers.CONCAT)),
)
OPENERS = [recipient(kind) for kind in ("rsa", "x25519", "p256")]
URIS = [
    *ciphers.TRANSPORTS.values(),
    *ciphers.AGREEMENTS.values(),
    *ciphers.DERIVATIONS.values(),
    *ciphers.WRAPS.values(),
    *ciphers.DIGESTS.values(),
    *ciphers.MGFS.values(),
    *ciphers.PRFS.values(),
    *ciphers.CURVES,
    *(uri for uri, _ in ciphers.DATA.values()),
]
TEXTS = st.one_of(
    st.sampled_from(["", "AAAA", "cid:", "cid:two@kz", "#", "16", "01ff"]),
    st.sampled_from(URIS),
    st.text("aZ0+/=й \n", max_size=9),
)


def twisted(security: etree._Element, data: st.DataObject) -> None:
    """One element taken out, doubled, moved, renamed, or given another value."""
    everything = list(security.iter())[1:]
    if not everything:
        return
    one, other = data.draw(st.sampled_from(everything)), data.draw(st.sampled_from([security, *everything]))
    parent = one.getparent()
    match data.draw(st.integers(0, 5)):
        case 0:
            parent.remove(one)
        case 1:
            parent.insert(0, copy.deepcopy(one))
        case 2 if one not in [other, *other.iterancestors()]:
            other.append(one)
        case 3:
            one.tag = other.tag
        case 4 if one.attrib:
            one.set(data.draw(st.sampled_from(sorted(one.attrib))), data.draw(TEXTS))
        case _:
            one.text = data.draw(TEXTS)


def refused(security: etree._Element) -> ErrorCode | None:
    """The code of the refusal; none where there are keys, each of its algorithm's size."""
    try:
        keys = open_keys(security, OPENERS, drawn)
    except Rejected as refusal:
        return refusal.first
    assert all(len(key.key) == ciphers.DATA[key.algorithm][1] for key in keys.values())
    return None


@settings(max_examples=150)
@given(st.sampled_from(WAYS), st.integers(1, 4), st.data())
def test_a_twisted_header_is_read_or_refused(way: tuple[str, Encryption], twists: int, data: st.DataObject) -> None:
    """Keys of the right size for parts, or a refusal for the policy; never another exception."""
    kind, how = way
    security = header(encrypt(recipient(kind).certificate, how, CIDS, drawn).extra)
    for _ in range(twists):
        twisted(security, data)
    assert refused(security) in {None, ErrorCode.EBMS_0103}


def test_a_p_mode_says_nothing_that_is_not_known_here() -> None:
    """Every name of an algorithm that configuration takes has its row."""
    assert set(pmode.DATA_ENCRYPTIONS) == set(ciphers.DATA)
    assert set(pmode.KEY_TRANSPORTS) <= {*ciphers.TRANSPORTS, *ciphers.AGREEMENTS}
