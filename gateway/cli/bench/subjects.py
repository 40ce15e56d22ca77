"""The subjects, set up and started in one folder: floor and gateway, alone and as pairs."""

import contextlib
import json
import socket
import ssl
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from gateway.cli.bench.books import FLOOR, GATEWAY, Book
from gateway.cli.bench.documents import SCHEMA
from gateway.cli.bench.load import Target
from gateway.cli.bench.process import BenchError, Process
from gateway.cli.bench.signing import Security
from gateway.cli.keys import Owner, messaging
from gateway.cli.setup import Service, add_party, key_pair, write
from gateway.config.shipped import shipped

ALONE = "alone"
HOST = "127.0.0.1"
READY_WITHIN = 30.0  # seconds
LOOK_EVERY = 0.05
SENDER, RECEIVER = ("KZ.KGD", "KZ"), ("RU.FTS", "RU")


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured: where messages go in, whose CPU counts, whose books tell when all is done."""

    name: str  # floor, alone or gateway
    delivers: bool  # end to end; else only the accept path
    security: Security  # between the two of a pair
    target: Target
    processes: tuple[Process, ...]
    books: tuple[Book, ...]  # the first one's server takes the messages, the last one's gets them
    folders: tuple[Path, ...] = ()  # the gateways' configurations


Wanted = tuple[bool, Security]  # delivers, and how it is secured


@contextlib.contextmanager
def running(
    folder: Path, connections: int, wanted: Sequence[Wanted], beside: str
) -> Iterator[tuple[Process, tuple[Subject, ...]]]:
    """The load, and for each wish what is beside the gateway, then the gateway: a round's order; all end with the context."""
    with ExitStack() as stack:
        load = Process(stack, ["gateway.cli.bench.load", str(connections)], folder / "load.log")
        made = (
            make(stack, folder / f"{make.__name__}-{number}", wish)
            for number, wish in enumerate(wanted)
            for make in (BESIDE[beside], gateway)
        )
        yield load, tuple(made)


def floor(stack: ExitStack, folder: Path, wish: Wanted) -> Subject:
    """The bare floor, or two of them that sign as the wish says."""
    delivers, security = wish
    folder.mkdir()
    signs = security is not Security.PLAIN and delivers
    if signs:
        (pair,) = messaging(Owner("floor", "KZ", "floor"), security.key)
        (folder / "signs.key").write_bytes(pair.key)
    certificate, key = key_pair(Service("floor", "KZ", "floor", HOST, 0, 0))
    (folder / "floor.pem").write_bytes(certificate)
    (folder / "floor.key").write_bytes(key)
    signing = str(folder / "signs.key") if signs else ""
    servers = [_start_floor(stack, folder, ("", signing))] if delivers else []
    forward = servers[0][0] if servers else ""
    servers.insert(0, _start_floor(stack, folder, (forward, signing)))
    pem = str(folder / "floor.pem")
    target = Target(servers[0][0], pem, certificate=pem, key=str(folder / "floor.key"))
    books = tuple(Book(path, FLOOR) for _, path, _ in servers)
    return Subject("floor", delivers, security, target, tuple(process for _, _, process in servers), books)


def _start_floor(stack: ExitStack, folder: Path, on: tuple[str, str]) -> tuple[str, Path, Process]:
    """The floor's URL, database and process, once it listens; `on`: where it delivers to and the key that it signs with."""
    (forward, signs), port = on, _free_port()
    settings, database = folder / f"{port}.json", folder / f"{port}.sqlite3"
    agreement = tomllib.loads((shipped("config") / "agreements" / "eurasec-customs.toml").read_text())
    facts = {
        "port": port,
        "certificate": str(folder / "floor.pem"),
        "key": str(folder / "floor.key"),
        "peers": str(folder / "floor.pem"),
        "schema": str(shipped("xsd") / SCHEMA),
        "prefixes": agreement["prefixes"],
        "database": str(database),
        "forward": forward,
        "signs": signs,
    }
    settings.write_text(json.dumps(facts))
    process = Process(stack, ["gateway.cli.bench.floor", str(settings)], folder / f"{port}.log")
    _wait(process, lambda: socket.create_connection((HOST, port), timeout=1).close())
    return f"https://{HOST}:{port}/", database, process


def gateway(stack: ExitStack, folder: Path, wish: Wanted) -> Subject:
    """Where the accept path is measured alone, the partner does not run: its gate closes and deliveries wait."""
    return _pair(stack, folder, wish)


def alone(stack: ExitStack, folder: Path, wish: Wanted) -> Subject:
    """A gateway whose partner's log nobody told it of: no checkpoints, numbers and cosignatures are exchanged."""
    return _pair(stack, folder, wish, name=ALONE)


BESIDE: Mapping[str, Callable[[ExitStack, Path, Wanted], Subject]] = {"floor": floor, ALONE: alone}


def _pair(stack: ExitStack, folder: Path, wish: Wanted, name: str = "gateway") -> Subject:
    delivers, security = wish
    folder.mkdir()
    services = [
        Service(party, member, party, HOST, _free_port(), _free_port(), key=security.key)
        for party, member in (SENDER, RECEIVER)
    ]
    tokens = [write(folder / service.party, service) for service in services]
    for own, partner in (services, services[::-1]):
        add_party(folder / own.party, folder / partner.party / "parties" / f"{partner.party}.toml")
        if security is Security.PLAIN:
            with (folder / own.party / "parties" / f"{partner.party}.toml").open("a") as file:
                file.write('\n[pmode]\nprofile = "plain-tls"\n')
        if name == ALONE:
            path = folder / own.party / "parties" / f"{partner.party}.toml"
            path.write_text(path.read_text().partition("\n[log]")[0])
    started = services if delivers else services[:1]
    processes = tuple(_start_gateway(stack, folder / service.party, service) for service in started)
    pem = folder / services[0].party / "parties" / f"{services[0].party}.pem"
    target = Target(f"https://{HOST}:{services[0].api_port}/messages", str(pem), token=tokens[0])
    books = tuple(Book(folder / service.party / "data" / "gateway.sqlite3", GATEWAY) for service in started)
    folders = tuple(folder / service.party for service in started)
    return Subject(name, delivers, security, target, processes, books, folders)


def _start_gateway(stack: ExitStack, folder: Path, service: Service) -> Process:
    process = Process(stack, ["gateway", "serve", "--config", str(folder)], folder.with_suffix(".log"))
    context = ssl.create_default_context(cafile=str(folder / "parties" / f"{service.party}.pem"))
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    url = f"https://{HOST}:{service.api_port}/health"
    _wait(process, lambda: urllib.request.urlopen(url, timeout=5, context=context).close())
    return process


def _wait(process: Process, look: Callable[[], None]) -> None:
    """The look succeeds; BenchError where the process ends first or takes too long."""
    end = time.monotonic() + READY_WITHIN
    while True:
        process.require_alive()
        try:
            look()
        except OSError as error:
            if time.monotonic() > end:
                raise BenchError(f"{process.name} is not ready after {READY_WITHIN:.0f} s: {error}") from None
            time.sleep(LOOK_EVERY)
        else:
            return


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listening:
        return int(listening.getsockname()[1])
