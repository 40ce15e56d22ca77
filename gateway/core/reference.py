"""One ds:Reference: what a signature covers, and what a receipt says has arrived (XMLDSig 4.4.3, AS4 5.1.8)."""

import base64
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from lxml import etree

DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"


@dataclass(frozen=True, slots=True)
class Transform:
    """How the bytes that are digested come about."""

    algorithm: str
    prefixes: str = ""  # exclusive c14n: ec:InclusiveNamespaces/@PrefixList

    def write(self) -> str:
        """The ds:Transform."""
        inner = (
            f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList={quoteattr(self.prefixes)}/>'
            if self.prefixes
            else ""
        )
        return f"<ds:Transform Algorithm={quoteattr(self.algorithm)}>{inner}</ds:Transform>"


@dataclass(frozen=True, slots=True)
class Reference:
    """A part of a message and the digest of its bytes."""

    uri: str
    digest: bytes
    method: str = SHA256
    transforms: tuple[Transform, ...] = ()

    def write(self) -> str:
        """The ds:Reference; the prefix ds is declared around it."""
        inner = "".join(transform.write() for transform in self.transforms)
        return (
            f"<ds:Reference URI={quoteattr(self.uri)}>{f'<ds:Transforms>{inner}</ds:Transforms>' if inner else ''}"
            f"<ds:DigestMethod Algorithm={quoteattr(self.method)}/>"
            f"<ds:DigestValue>{base64.b64encode(self.digest).decode()}</ds:DigestValue></ds:Reference>"
        )


def read(element: etree._Element) -> Reference:
    """A ds:Reference as it stands; a digest that is no base64 is empty, and equals none."""
    method = element.find(f"{{{DS}}}DigestMethod")
    try:
        digest = base64.b64decode("".join((element.findtext(f"{{{DS}}}DigestValue") or "").split()), validate=True)
    except ValueError:
        digest = b""
    return Reference(
        element.get("URI") or "",
        digest,
        (method.get("Algorithm") or "") if method is not None else "",
        tuple(_transform(found) for found in element.iterfind(f"{{{DS}}}Transforms/{{{DS}}}Transform")),
    )


def _transform(element: etree._Element) -> Transform:
    inclusive = element.find(f"{{{EXCLUSIVE}}}InclusiveNamespaces")
    prefixes = inclusive.get("PrefixList") if inclusive is not None else ""
    return Transform(element.get("Algorithm") or "", " ".join((prefixes or "").split()))
