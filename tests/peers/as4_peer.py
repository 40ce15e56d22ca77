"""Speaks AS4 with the `as4` package: run by that package's own environment, a line of JSON in, a line of JSON out.

Arguments: its key, its certificate, and the certificate of the other side (PEM files).
"""

import base64
import gzip
import json
import sys
from pathlib import Path
from typing import Any

from as4 import AS4Profile, AS4ReceivingExchange, AS4References, AS4SendingExchange, SecurityPolicy, pinned_certificates
from as4.core.common import (
    AS4BaseCredentials,
    AS4ExternalParty,
    AS4InternalCredentials,
    AS4InternalParty,
    AS4LocalPrivateKey,
    AS4PartyIdentity,
)
from as4.core.message import AS4Message
from as4.core.receipt import AS4Receipt
from as4.models.ebms.user_message import AgreementRef, MessageProperties, Property, Service
from as4.profiles.peppol.document_identifier import BusdoxDocidQnsDocumentIdentifier
from as4.profiles.peppol.message import PeppolAS4Message, PeppolAS4MessageBuilderArgs
from as4.utils.cipher_handler import CipherHandler
from as4.utils.mime_handler import MIMEHandler
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

Row = dict[str, Any]


class Written(PeppolAS4MessageBuilderArgs):
    """What the header of a message says."""

    said: Row


class Message(PeppolAS4Message):
    """Peppol's message without its business envelope, and with our header."""

    @classmethod
    def process(cls, fields: Row, *rest: Any) -> Row:
        """No business envelope is looked for."""
        return AS4Message.process.__func__(cls, fields, *rest)

    @classmethod
    def get_user_message(
        cls, local_party: Any, remote_party: Any, builder_args: Written, references: AS4References
    ) -> Any:
        """What the other side's header would say."""
        made = super().get_user_message(local_party, remote_party, builder_args, references)
        said, about = builder_args.said, made.collaboration_info
        about.agreement_ref = AgreementRef(value=said["agreement"]) if said["agreement"] else None
        about.service = Service(value=said["service"], type_value=said["service_type"] or None)
        about.action.value = said["action"]
        rows = [Property(name=name, value=value) for name, value in said["properties"]]
        made.message_properties = MessageProperties(properties=rows)
        return made

    @classmethod
    def build_message(
        cls, payload: bytes, *, local_party: Any, remote_party: Any, builder_args: Any, references: AS4References
    ) -> Any:
        """Packed, signed, encrypted: one part, without an envelope of its own."""
        packed = gzip.compress(payload)
        key, encrypted = CipherHandler.encrypt_payload(packed)
        oaep = padding.OAEP(mgf=padding.MGF1(algorithm=hashes.SHA256()), algorithm=hashes.SHA256(), label=b"")
        wrapped = remote_party.credentials.rsa_public_key.encrypt(key, oaep)
        cid, _ = references.encrypted_data_attachment_mapping()
        envelope = cls.get_soap_envelope(local_party, remote_party, builder_args, references, wrapped, {cid: packed})
        return cls(
            soap_envelope=envelope,
            message_id=references.message_id,
            messaging_id=references.messaging_id,
            mime_attachments={cid: encrypted},
        )


class Profile(AS4Profile):
    """Any number of parts."""

    @classmethod
    def get_profile_name(cls) -> str:
        """Its name."""
        return "gateway-test"

    @classmethod
    def message_class(cls) -> Any:
        """Its messages."""
        return Message

    @classmethod
    def receipt_class(cls) -> Any:
        """Its receipts."""
        return AS4Receipt

    @classmethod
    def build_message(cls, payload: bytes, *, references: AS4References | None = None, **rest: Any) -> Any:
        """A message with fresh ids."""
        return Message.build_message(payload, references=references or AS4References(), **rest)

    @classmethod
    def unpack_message(cls, payload: bytes) -> tuple[bytes, dict[str, bytes]]:
        """The envelope, and every other part by its Content-ID."""
        parts = list(MIMEHandler.parser.parsebytes(payload).iter_parts())
        soap = next(part for part in parts if part.get_content_type() == "application/soap+xml")
        others = {MIMEHandler.get_content_id(part): part.get_payload(decode=True) for part in parts if part is not soap}
        return soap.get_payload(decode=True), others

    @classmethod
    def parse_receipt(cls, payload: bytes, expected_signer: x509.Certificate) -> Any:
        """The receipt, verified."""
        return AS4Receipt.parse(payload, expected_signer)


class Peer:
    """One access point, which knows one other."""

    def __init__(self, key: str, certificate: str, other: str) -> None:
        """Files: its key, its certificate, the other's certificate."""
        private_key = serialization.load_pem_private_key(Path(key).read_bytes(), None)
        self.own = AS4InternalCredentials(
            certificate=x509.load_pem_x509_certificate(Path(certificate).read_bytes()),
            private_key=AS4LocalPrivateKey(private_key),
        )
        self.other = x509.load_pem_x509_certificate(Path(other).read_bytes())
        self.sent: dict[str, Any] = {}

    def local(self, said: Row) -> AS4InternalParty:
        """Itself, under the name that the message gives it."""
        identity = AS4PartyIdentity(party_id=said.get("own", "PEER"), party_type=said.get("type"))
        return AS4InternalParty(identity=identity, credentials=self.own)

    def send(self, said: Row) -> Row:
        """A message; its exchange is remembered until it is answered."""
        identity = AS4PartyIdentity(party_id=said["to"], party_type=said["type"])
        remote = AS4ExternalParty(identity=identity, credentials=AS4BaseCredentials(certificate=self.other))
        exchange = AS4SendingExchange(profile=Profile, local_party=self.local(said), remote_party=remote)
        unused = BusdoxDocidQnsDocumentIdentifier.from_identifier_value("urn:x::X##urn:y::1")
        args = Written(
            said=said,
            sender="",
            recipient="",
            document_type_identifier=unused,
            document_identification_instance_identifier="",
            process_identifier="p",
            c1_country_id="",
        )
        headers, body = exchange.build(base64.b64decode(said["document"]), args)
        self.sent[exchange.message_id] = exchange
        return {"message_id": exchange.message_id, "content_type": headers["Content-Type"], "body": coded(body)}

    def answered(self, said: Row) -> Row:
        """What the answer makes of the exchange: acknowledged only by a valid receipt over every digest."""
        exchange = self.sent[said["message_id"]].receive_signal(base64.b64decode(said["signal"]))
        return {"state": exchange.state.value, "codes": [error.error_code for error in exchange.errors]}

    def take(self, said: Row) -> Row:
        """What came, verified and decrypted, and the signal that answers it."""
        policy = SecurityPolicy(
            signer_resolver=pinned_certificates(self.other), encrypt_required=bool(said.get("encrypted", True))
        )
        exchange = AS4ReceivingExchange(profile=Profile, local_party=self.local(said))
        body = base64.b64decode(said["body"])
        exchange.receive({"Content-Type": said["content_type"]}, body, security_policy=policy)
        headers, signal = exchange.build_signal()
        error = exchange.message.parse_error
        return {
            "message_id": exchange.message_id,
            "error": f"{error.error_code} {error.detail}" if error else "",
            "documents": {cid: coded(content) for cid, content in exchange.message.decrypted_data.items()},
            "content_type": headers["Content-Type"],
            "signal": coded(signal),
        }


def coded(data: bytes) -> str:
    """Octets in JSON."""
    return base64.b64encode(data).decode()


def main() -> None:
    """Answers until its input ends."""
    peer = Peer(*sys.argv[1:])
    for line in sys.stdin:
        said = json.loads(line)
        try:
            answer = getattr(peer, said["do"])(said)
        except Exception as error:  # noqa: BLE001 - its exceptions are its answers
            answer = {"raised": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


main()
