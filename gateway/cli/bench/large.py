"""`gateway bench --large`: time and memory for each size, through two real gateways."""

import http.client
import json
import os
import ssl
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rich.box import SIMPLE
from rich.table import Table

from gateway.cli.bench.documents import KB, Pool
from gateway.cli.bench.process import BenchError
from gateway.cli.bench.signing import Security
from gateway.cli.bench.subjects import Subject, gateway
from gateway.cli.output import console
from gateway.config.shipped import shipped

DOCUMENTS = (4, 200, 3 * KB, 20 * KB, 98 * KB)  # KB; the last one is 100 MB of 10^6 bytes, and a little
ATTACHMENTS = (KB, 100 * KB, KB * KB)  # KB
CARRIER = "eurasec-customs/valid/DocumentVerificationResponse--confirmed.xml"
BOUNDARY = "a-boundary-of-the-bench"
PIECE = 256 * KB
PATIENCE = 900.0  # seconds
LOOK_EVERY = 0.02


@dataclass(frozen=True, slots=True)
class Passed:
    """What one message took."""

    kind: str  # document or attachment
    size: int  # KB
    accepted: float  # seconds until the answer
    delivered: float  # seconds until the partner's receipt is kept
    sender: float  # MB at the peak, above what the process had before
    receiver: float


def measured(progress: Callable[[str], None]) -> Iterator[Passed]:
    """Each size once, after one small message that warms both gateways up."""
    with tempfile.TemporaryDirectory(prefix="gateway-bench-") as name, ExitStack() as stack:
        folder = Path(name)
        pair = gateway(stack, folder / "pair", (True, Security.EC))
        for kind, size in (
            *(("document", size) for size in (4, *DOCUMENTS)),
            *(("attachment", s) for s in ATTACHMENTS),
        ):
            progress(f"{kind} of {size} KB")
            yield _pass(pair, folder, kind, size)


def _pass(pair: Subject, folder: Path, kind: str, size: int) -> Passed:
    content_type, length, body = MAKERS[kind](folder, size)
    before, last = [process.resident() for process in pair.processes], pair.books[0].last()
    for process in pair.processes:
        process.forget_peak()
    start = time.perf_counter()
    _post(pair, content_type, length, body)
    accepted = time.perf_counter() - start
    while pair.books[0].undelivered():
        if time.perf_counter() - start > PATIENCE:
            raise BenchError(f"the {kind} of {size} KB was not delivered")
        time.sleep(LOOK_EVERY)
    delivered = time.perf_counter() - start
    if len(pair.books[0].latencies(last)) != 1:
        raise BenchError(f"the {kind} of {size} KB was refused by the partner")
    peaks = [process.peak() - had for process, had in zip(pair.processes, before, strict=True)]
    return Passed(kind, size, accepted, delivered, *peaks)


def _document(folder: Path, size: int) -> tuple[str, int, Iterator[bytes]]:
    where = folder / f"document-{size}-{time.monotonic_ns()}"
    pool = Pool.write(where, size, 1)
    (path,) = pool.folder.iterdir()
    return "application/xml", path.stat().st_size, _pieces(path)


def _attachment(_folder: Path, size: int) -> tuple[str, int, Iterator[bytes]]:
    """Bytes that do not shrink, behind a small document."""
    head = b'--%s\r\nContent-Disposition: form-data; name="%s"; filename="x"\r\nContent-Type: %s\r\n\r\n'
    name = BOUNDARY.encode()
    first = head % (name, b"message", b"application/xml") + (shipped("samples") / CARRIER).read_bytes() + b"\r\n"
    first += head % (name, b"attachment", b"application/pdf")
    last, noise = b"\r\n--%s--\r\n" % name, os.urandom(PIECE)
    count = max(1, size * KB // PIECE)

    def pieces() -> Iterator[bytes]:
        yield first
        for number in range(count):
            yield number.to_bytes(8, "big") + noise[8:]
        yield last

    length = len(first) + count * PIECE + len(last)
    return f'multipart/form-data; boundary="{BOUNDARY}"', length, pieces()


MAKERS = {"document": _document, "attachment": _attachment}


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _post(pair: Subject, content_type: str, length: int, body: Iterator[bytes]) -> None:
    target, url = pair.target, urlsplit(pair.target.url)
    context = ssl.create_default_context(cafile=target.authority)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    connection = http.client.HTTPSConnection(url.hostname or "", url.port, context=context, timeout=PATIENCE)
    headers = {
        "Authorization": f"Bearer {target.token}",
        "Content-Type": content_type,
        "Content-Length": str(length),
    }
    connection.request("POST", url.path, body, headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if answer.status != http.HTTPStatus.ACCEPTED:
        raise BenchError(f"refused with {answer.status}: {text[:500].decode('utf-8', 'replace')}")


def show(found: Sequence[Passed], *, as_json: bool) -> None:
    """The table, or JSON; the message that warmed up is left out."""
    rows = found[1:]
    if as_json:
        console.print_json(json.dumps([asdict(row) for row in rows]))
        return
    table = Table(title="Time and memory for each size", title_justify="left", box=SIMPLE)
    for name in ("what", "size KB", "accepted s", "delivered s", "sender MB", "receiver MB"):
        table.add_column(name, justify="left" if name == "what" else "right")
    for row in rows:
        numbers = (f"{row.accepted:.2f}", f"{row.delivered:.2f}", f"{row.sender:.0f}", f"{row.receiver:.0f}")
        table.add_row(row.kind, f"{row.size:,}", *numbers)
    console.print(table)
