"""Files, by name and SHA-256 ► an XAdES signature over them (ETSI EN 319 132-1 baseline B), for an ASiC-E container."""

import base64
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, SignatureConstructionMethod, SignatureMethod
from signxml.signer import SignatureReference
from signxml.util import SigningSettings
from signxml.xades.xades import XAdESSigner

from gateway.core.errors import ErrorCode, rejected
from gateway.core.evidence.xades import ASIC, DECLARATION, DS, METHODS, XADES
from gateway.core.reference import EXCLUSIVE, SHA256
from gateway.core.texts import say
from gateway.core.wss.algorithms import method_uri
from gateway.core.wss.keys import Signer

PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
TYPES = {".zip": "application/zip"}
NAMES = frozenset(method.value for method in METHODS)


def able(signers: Sequence[Signer]) -> Signer:
    """The first of our keys that XAdES can be signed with; Rejected where there is none: signxml knows no EdDSA."""
    found = next((each for each in signers if method_uri(each.method) in NAMES), None)
    if found is None:
        raise rejected(ErrorCode.UNAVAILABLE, "as4.key", say("evidence_xades_key"))
    return found


def attest(files: Mapping[str, bytes], signer: Signer, at: str) -> bytes:
    """META-INF/signatures001.xml: the signature over the files, made at that time (ISO 8601, with a zone)."""
    key: Any = _Key(signer)
    made = _Signer(files, signer, at).sign(
        None, key=key, cert=list(signer.chain), always_add_key_value=False, reference_uri=list(files)
    )
    root = etree.Element(f"{{{ASIC}}}XAdESSignatures", nsmap={"asic": ASIC})
    root.append(made)
    return DECLARATION + etree.tostring(root, encoding="UTF-8")


class _Key:
    """Our signer as signxml takes a key: wherever the private key is, only its signatures come from there."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self.key_size = getattr(signer.chain[0].public_key(), "key_size", 0)

    def sign(self, data: bytes, **_: object) -> bytes:
        made = self._signer.sign(data)
        if not self._signer.method.startswith("ecdsa"):
            return made
        half = len(made) // 2  # signxml expects DER, as the library makes it
        return encode_dss_signature(int.from_bytes(made[:half], "big"), int.from_bytes(made[half:], "big"))


class _Signer(XAdESSigner):
    """Signs digests of files that are not held, at a time that is given, with ids that are counted."""

    def __init__(self, files: Mapping[str, bytes], signer: Signer, at: str) -> None:
        super().__init__(
            method=SignatureConstructionMethod.detached,
            signature_algorithm=SignatureMethod(method_uri(signer.method)),
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )
        self._files, self._at, self._numbers = files, at, count(1)

    def _get_token(self, length: int = 4) -> str:
        return f"{next(self._numbers):0{length}}"

    def _unpack(self, data: object, references: list[SignatureReference]) -> tuple[Any, ...]:
        """The signature stands alone; what it is about lies beside it."""
        del data
        root = etree.Element(f"{{{DS}}}Signature", nsmap=self.namespaces)
        return root, root, [], references

    def _build_sig(
        self,
        sig_root: etree._Element,
        references: list[SignatureReference],
        c14n_inputs: object,
        inclusive_ns_prefixes: object,
        exclude_c14n_transform_element: bool = False,  # noqa: FBT001, FBT002 - the library's
    ) -> tuple[etree._Element, etree._Element]:
        """References to the octets of each file, without transforms."""
        del c14n_inputs, inclusive_ns_prefixes, exclude_c14n_transform_element
        signed_info = etree.SubElement(sig_root, f"{{{DS}}}SignedInfo")
        etree.SubElement(signed_info, f"{{{DS}}}CanonicalizationMethod", Algorithm=EXCLUSIVE)
        etree.SubElement(signed_info, f"{{{DS}}}SignatureMethod", Algorithm=self.sign_alg.value)
        for number, each in enumerate(references, 1):
            found = etree.SubElement(signed_info, f"{{{DS}}}Reference", Id=f"file-{number}", URI=each.URI)
            _digested(found, self._files[each.URI])
        return signed_info, etree.SubElement(sig_root, f"{{{DS}}}SignatureValue")

    def _add_reference_to_signed_info(
        self, sig_root: etree._Element, node_to_reference: etree._Element, **attrs: str
    ) -> None:
        """The signed properties, in exclusive canonical XML: they mean the same wherever the signature stands."""
        if attrs.get("Type") != PROPERTIES:
            return  # the certificate is bound by its digest in the signed properties
        signed_info = sig_root[0]
        names = {"URI": f"#{node_to_reference.get('Id')}", "Type": PROPERTIES}
        found = etree.SubElement(signed_info, f"{{{DS}}}Reference", names)
        transforms = etree.SubElement(found, f"{{{DS}}}Transforms")
        etree.SubElement(transforms, f"{{{DS}}}Transform", Algorithm=EXCLUSIVE)
        _digested(found, self._get_digest(self._c14n(node_to_reference, algorithm=self.c14n_alg), self.digest_alg))

    def add_signing_time(self, properties: etree._Element, sig_root: object, signing_settings: SigningSettings) -> None:
        """The time that was given."""
        del sig_root, signing_settings
        etree.SubElement(properties, f"{{{XADES}}}SigningTime").text = self._at

    def add_data_object_format(
        self, properties: etree._Element, sig_root: object, signing_settings: SigningSettings
    ) -> None:
        """The type of every file (EN 319 132-1 6.3 g)."""
        del sig_root, signing_settings
        for number, name in enumerate(self._files, 1):
            found = etree.SubElement(properties, f"{{{XADES}}}DataObjectFormat", ObjectReference=f"#file-{number}")
            kind = next((kind for end, kind in TYPES.items() if name.endswith(end)), "application/octet-stream")
            etree.SubElement(found, f"{{{XADES}}}MimeType").text = kind


def _digested(reference: etree._Element, digest: bytes) -> None:
    etree.SubElement(reference, f"{{{DS}}}DigestMethod", Algorithm=SHA256)
    etree.SubElement(reference, f"{{{DS}}}DigestValue").text = base64.b64encode(digest).decode()
