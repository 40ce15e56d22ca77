"""`send`, `inbox` and `replay` against running gateways; and the real program in a process."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.cli.output import CONFIG, DONE, FOUND, INTERRUPTED, REFUSED, UNREACHABLE, USAGE
from tests.api.edge import RESPONSE, TRN, Service
from tests.cli.command import beside, edge, gateway
from tests.house import SAMPLES, House, sample

FIVE = SAMPLES / "invalid" / "TransitReleaseNotice--five-kinds-of-wrong-value.xml"


@pytest.fixture
async def kz(pair: tuple[House, House]) -> AsyncIterator[Service]:
    """KZ runs."""
    async with pair[0].running() as running, pair[0].client() as client:
        yield Service(pair[0], running, client)


async def test_what_is_sent_is_taken_from_the_other_inbox(
    pair: tuple[House, House], kz: Service, tmp_path: Path
) -> None:
    """`send` here, `inbox list` and `inbox take` there: the very bytes, in a file, acknowledged."""
    file = SAMPLES / f"{TRN}.xml"
    async with pair[1].running():
        sent = await beside(
            "send", file, "--message-id", "cli-1@kz.example", "--purpose", "customs", *edge(kz.house), "--json"
        )
        assert (sent.code, sent.json["submission_id"]) == (DONE, "cli-1@kz.example")
        await kz.became("cli-1@kz.example", "delivered")
        listed = await beside("inbox", "list", *edge(pair[1]), "--json")
        assert [row["message_id"] for row in listed.json] == ["cli-1@kz.example"]
        taken = await beside("inbox", "take", tmp_path / "in", *edge(pair[1]), "--json")
        (row,) = taken.json
        assert [(str(path), path.read_bytes()) for path in (tmp_path / "in").iterdir()] == [(row["file"], sample(TRN))]
        assert row["file"].endswith("-TransitReleaseNotice.xml")
        again = await beside("inbox", "take", tmp_path / "in", *edge(pair[1]), "--json")
        assert (again.code, again.json) == (DONE, [])


@pytest.mark.filterwarnings("ignore:In v4, passing bytes:DeprecationWarning")  # BUG cli/send.py _form: no filename
async def test_send_takes_attachments(kz: Service, tmp_path: Path) -> None:
    """--attach sends a file with its type and name."""
    (tmp_path / "copy.pdf").write_bytes(b"%PDF")
    file = SAMPLES / f"{RESPONSE}.xml"
    sent = await beside("send", file, "--attach", tmp_path / "copy.pdf", *edge(kz.house), "--json")
    assert sent.code == DONE, sent.err
    assert kz.rows("SELECT media_type, name FROM payloads WHERE position = 1") == [("application/pdf", "copy.pdf")]


async def test_send_shows_each_fault_of_a_refusal(kz: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 4, one line for each fault with code, path and line; a dry run says the same."""
    monkeypatch.setenv("LC_ALL", "C")
    for more in ((), ("--dry-run",)):
        refused = await beside("send", FIVE, *edge(kz.house), *more)
        assert refused.code == REFUSED
        assert [line.split()[0] for line in refused.err.splitlines()[1:]] == [
            f"GW:{n}" for n in (5004, 5003, 5011, 5007, 5008, 5209)
        ]
        assert "line 133" in refused.err
    dry = await beside("send", SAMPLES / f"{TRN}.xml", "--dry-run", *edge(kz.house))
    assert (dry.code, "nothing stored" in dry.out) == (DONE, True)
    assert kz.rows("SELECT 1 FROM messages") == []


async def test_send_shows_faults_in_the_language_of_whoever_types(kz: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """--language, else the first that is set of LC_ALL, LC_MESSAGES and LANG; English where that is none of ours."""
    for name, value in (("LC_ALL", ""), ("LC_MESSAGES", "kk_KZ.UTF-8"), ("LANG", "ru_KZ.UTF-8")):
        monkeypatch.setenv(name, value)
    kazakh = await beside("send", FIVE, *edge(kz.house))
    russian = await beside("send", FIVE, *edge(kz.house), "--language", "ru")
    monkeypatch.setenv("LC_ALL", "C")
    english = await beside("send", FIVE, *edge(kz.house))

    assert [ended.err.partition(":")[0] for ended in (kazakh, russian, english)] == [
        "қабылданбады",
        "отказано",
        "refused",
    ]
    assert "133-жол" in kazakh.err
    assert "күтілгені token" in kazakh.err
    assert "строка 133" in russian.err
    assert "ожидалось token" in russian.err
    assert "line 133" in english.err


def test_a_gateway_that_is_not_there_is_said_to_be_unreachable(pair: tuple[House, House], tmp_path: Path) -> None:
    """Exit 5 for every command that calls a gateway; a file that is not there is exit 2."""
    for command in (("send", FIVE), ("inbox", "list"), ("inbox", "take", tmp_path), ("replay", FIVE)):
        ended = gateway(*command, *edge(pair[0]))
        assert (ended.code, pair[0].url in ended.err) == (UNREACHABLE, True), command
    assert gateway("send", tmp_path / "none.xml", *edge(pair[0])).code == USAGE
    assert gateway("replay", tmp_path / "none", *edge(pair[0])).code == USAGE
    assert gateway("inbox", "list", "--url", pair[0].url, "--ca", FIVE).code == USAGE


async def test_replaying_the_shipped_samples_finds_no_difference(pair: tuple[House, House], kz: Service) -> None:
    """Every sample of every type has its expected outcome: exit 0, counts and percentiles."""
    async with pair[1].running():
        ended = await beside("replay", SAMPLES, "--repeat", "2", *edge(kz.house), "--json")
    assert (ended.code, ended.json["differences"], ended.json["unanswered"]) == (DONE, [], [])
    assert ended.json["posted"] == ended.json["accepted"] + sum(ended.json["refused"].values())
    assert ended.json["posted"] == 2 * len(list(SAMPLES.rglob("*.xml")))
    assert ended.json["latency_ms"]["p50"] <= ended.json["latency_ms"]["p99"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("invalid/TransitReleaseNotice--carrier-missing", {"outcome": "accepted"}),
        ("valid/ProcessingResult--rejected", {"outcome": "refused", "faults": [{"code": "GW:5004"}]}),
        ("invalid/TransitReleaseNotice--carrier-missing", {"outcome": "refused", "faults": [{"code": "GW:1001"}]}),
        ("invalid/TransitReleaseNotice--carrier-missing", {"outcome": "refused", "faults": []}),
        ("restricted/ProcessingResult--description", {"outcome": "accepted", "removed": {"result-description": 2}}),
        ("restricted/ProcessingResult--description", {"outcome": "accepted", "removed": {}}),
    ],
    ids=["accepted", "refused", "another fault", "no fault", "more removed", "nothing removed"],
)
async def test_a_wrong_expectation_is_a_difference(
    kz: Service, tmp_path: Path, name: str, expected: dict[str, object]
) -> None:
    """Exit 1 and the sample named, whichever way the sidecar is wrong."""
    shutil.copyfile(SAMPLES / f"{name}.xml", tmp_path / "odd.xml")
    (tmp_path / "odd.json").write_text(json.dumps(expected))
    ended = await beside("replay", tmp_path, *edge(kz.house), "--json")
    assert ended.code == FOUND
    assert [difference.partition(":")[0] for difference in ended.json["differences"]] == ["odd"]


async def test_replay_refuses_a_production_gateway(pair: tuple[House, House]) -> None:
    """Exit 4 before anything is posted."""
    house = pair[0]
    for name in ("parties/KZ.KGD.toml", "parties/BY.GTK.toml", "agreements/eurasec-customs.toml"):
        house.edit(name, 'environment = "test"', 'environment = "production"')
    async with house.running() as running, house.client() as client:
        ended = await beside("replay", SAMPLES / "valid", *edge(house))
        assert (ended.code, "production" in ended.err) == (REFUSED, True)
        assert Service(house, running, client).rows("SELECT 1 FROM messages") == []
        assert Service(house, running, client).entries("refused") == []


async def test_replay_keeps_to_its_rate(kz: Service) -> None:
    """Ten messages at twenty a second take about half a second, not less."""
    file = SAMPLES / "valid" / "ProcessingResult--rejected.xml"
    ended = await beside("replay", file, "--repeat", "10", "--rate", "20", *edge(kz.house), "--json")
    assert ended.code == DONE
    assert 0.4 < ended.json["seconds"] < 10


def program(*arguments: object) -> "subprocess.CompletedProcess[str]":
    """`python -m gateway` in a process of its own."""
    command = [sys.executable, "-m", "gateway", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_the_program_ends_with_the_documented_codes(pair: tuple[House, House], tmp_path: Path) -> None:
    """--help shows every exit code; wrong configuration is 3 without a trace; a wrong option is 2."""
    shown = program("--help")
    assert (shown.returncode, "Exit codes" in shown.stdout) == (DONE, True)
    wrong = program("serve", "--config", tmp_path)
    assert (wrong.returncode, "Traceback" in wrong.stderr) == (CONFIG, False)
    assert program("check", "--nothing").returncode == USAGE
    assert json.loads(program("check", "--config", pair[0].folder, "--json").stdout)["warnings"] == []


def test_an_interrupted_command_does_not_say_that_nothing_is_wrong() -> None:
    """Ctrl-C while a gateway is waited for ends with 130, which --help explains."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        words = ("inbox", "list", "--url", url, "--token", "t")
        process = subprocess.Popen([sys.executable, "-m", "gateway", *words], stderr=subprocess.DEVNULL)
        with process, silent.accept()[0] as waiting:
            waiting.recv(1)
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=120) == INTERRUPTED
    assert f"{INTERRUPTED} interrupted" in gateway("--help").out


@pytest.mark.parametrize("edge", ["api", "msh"])
def test_a_taken_port_stops_the_start_by_name(pair: tuple[House, House], edge: str) -> None:
    """The operator is told which setting it is: exit 3."""
    ports = tomllib.loads((pair[0].folder / "gateway.toml").read_text())
    with socket.create_server(("127.0.0.1", ports[edge]["port"])):
        ended = program("serve", "--config", pair[0].folder)
    assert "Traceback" not in ended.stderr
    assert (ended.returncode, f"{edge}.port" in ended.stderr) == (CONFIG, True)
