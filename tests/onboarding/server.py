"""A partner's server with whatever is wrong with it: real TLS on a real port, answers as a test wants them."""

import contextlib
import datetime as dt
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.core.ebms import EB, S12

START, END = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2120, 1, 1, tzinfo=dt.UTC)
MESSAGE_ID = re.compile(rb"MessageId>([^<]+)<")
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
Answer = Callable[[bytes], bytes]  # request ► response


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with its key, and whoever issued it."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        """The certificate alone."""
        return self.certificate.public_bytes(Encoding.PEM)

    def file(self, folder: Path, *chain: "Identity") -> Path:
        """Key and certificates in one PEM file, as OpenSSL loads it."""
        path = folder / f"{self.certificate.serial_number}.pem"
        private = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.write_bytes(private + self.pem + b"".join(each.pem for each in chain))
        return path


def identity(name: str, host: str = "127.0.0.1", issuer: Identity | None = None, until: dt.datetime = END) -> Identity:
    """A new one for the host, self-signed unless issued; without a host, one that may issue."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=not host, path_length=None), critical=True)
    )
    if host:
        builder = builder.add_extension(x509.SubjectAlternativeName([_name(host)]), critical=False)
    return Identity(builder.sign((issuer.key if issuer else key), hashes.SHA256()), key)


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def context(file: Path) -> ssl.SSLContext:
    """A server's TLS that asks for no certificate."""
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(file)
    return found


@contextlib.contextmanager
def served(tls: ssl.SSLContext | None, answer: Answer) -> Iterator[int]:
    """The port on which every connection is answered so; without TLS where there is none."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=_serve, args=(listening, tls, answer), daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def _serve(listening: socket.socket, tls: ssl.SSLContext | None, answer: Answer) -> None:
    while True:
        try:
            accepted, _ = listening.accept()
        except OSError:
            return
        accepted.settimeout(5)
        with contextlib.suppress(OSError, ValueError), accepted:
            if tls is None:
                accepted.sendall(answer(accepted.recv(65536)))  # a line that is no request is answered at once
            else:
                with tls.wrap_socket(accepted, server_side=True) as secured:
                    _answer(secured, answer)


def _answer(connection: socket.socket, answer: Answer) -> None:
    request = b""
    while piece := connection.recv(65536):
        request += piece
        head, found, body = request.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if found and len(body) >= int(length[1] if length else 0):
            connection.sendall(answer(request))
            return


def http(status: int = 200, kind: str = "text/html", body: bytes = b"hello", late: float = 0) -> bytes:
    """An HTTP response; its Date is that many seconds late."""
    now = dt.datetime.now(dt.UTC).timestamp()  # noqa: TID251 - a server's clock
    head = f"HTTP/1.1 {status} x\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
    return f"{head}Date: {formatdate(now - late, usegmt=True)}\r\n\r\n".encode() + body


def signal(request: bytes, inner: str, signed: tuple[str, ...] = (), ref: str = "", at: str = "") -> bytes:
    """An AS4 signal in a response: `inner` is its receipt or error, `signed` the ids that a signature names."""
    about = MESSAGE_ID.search(request)
    names = ref or (about[1].decode() if about else "")
    when = at or dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")  # noqa: TID251 - as above
    references = "".join(f'<ds:Reference URI="#{name}"/>' for name in signed)
    signature = f"<ds:Signature><ds:SignedInfo>{references}</ds:SignedInfo></ds:Signature>" if signed else ""
    wsu = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
    body = (
        f'<S:Envelope xmlns:S="{S12}" xmlns:eb="{EB}" xmlns:u="{wsu}" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">'
        f'<S:Header><eb:Messaging S:mustUnderstand="true" u:Id="m"><eb:SignalMessage><eb:MessageInfo>'
        f"<eb:Timestamp>{when}</eb:Timestamp><eb:MessageId>s@by</eb:MessageId>"
        f"<eb:RefToMessageId>{names}</eb:RefToMessageId></eb:MessageInfo>{inner}</eb:SignalMessage></eb:Messaging>"
        f'{signature}</S:Header><S:Body u:Id="b"/></S:Envelope>'
    )
    return http(200, "application/soap+xml", body.encode())


RECEIPT = "<eb:Receipt/>"


def error(code: str, detail: str = "") -> str:
    """An eb:Error."""
    return f'<eb:Error errorCode="{code}" severity="failure"><eb:ErrorDetail>{detail}</eb:ErrorDetail></eb:Error>'
