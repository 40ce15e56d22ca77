"""`doctor`: each usual fault, made on a real port, is named; a healthy partner has none."""

import datetime as dt
import re
import ssl
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.output import CONFIG, DONE, FOUND, UNREACHABLE, USAGE
from gateway.onboarding import chains
from tests.cli.command import Ended, beside, gateway
from tests.house import House
from tests.onboarding.server import RECEIPT, Answer, Identity, context, error, http, identity, served, signal

PLAIN = '\n[pmode]\nprofile = "plain-tls"\n'
SOON = dt.timedelta(days=9, hours=1)


@pytest.fixture(scope="module")
def partner() -> Identity:
    """A partner's server, for 127.0.0.1."""
    return identity("by.example")


def told(house: House, port: int, known: bytes, profile: str = PLAIN, host: str = "127.0.0.1") -> Ended:
    """What the doctor says about BY at the port, whose file has those certificates."""
    file = house.folder / "parties" / "BY.GTK.toml"
    text = re.sub(
        r'endpoint = ".*"', f'endpoint = "https://{host}:{port}/msh"', file.read_text().partition("\n[pmode]")[0]
    )
    file.write_text(text + profile)
    file.with_suffix(".pem").write_bytes(known)
    return gateway("doctor", "BY.GTK", "--config", house.folder, "--language", "en", "--json")


def rows(ended: Ended) -> dict[str, tuple[str, str]]:
    """Check ► (verdict, finding) of everything that is not fine."""
    return {
        each["check"]: (each["verdict"], each["finding"]) for each in ended.json["checks"] if each["verdict"] != "fine"
    }


def receipt(request: bytes) -> bytes:
    """The answer of a healthy plain partner; a page for whoever only looks."""
    return signal(request, RECEIPT) if request.startswith(b"POST") else http(405)


def asked(
    house: House, tmp_path: Path, partner: Identity, answer: Answer, profile: str = PLAIN
) -> dict[str, tuple[str, str]]:
    """What is found where the server answers so, and everything below is healthy."""
    with served(context(partner.file(tmp_path)), answer) as port:
        return rows(told(house, port, partner.pem, profile))


def test_a_healthy_partner_has_no_fault(pair: tuple[House, House], tmp_path: Path, partner: Identity) -> None:
    """Every check is fine: exit 0. The control of all tests below."""
    with served(context(partner.file(tmp_path)), receipt) as port:
        ended = told(pair[0], port, partner.pem)
    assert (rows(ended), ended.code) == ({}, DONE)


@pytest.mark.parametrize("profile", ["", PLAIN])
async def test_a_gateway_of_this_kind_has_no_fault(pair: tuple[House, House], profile: str) -> None:
    """Over mutual TLS, beside our own running gateway; signed, as is the default, and unsigned."""
    kz, by = pair
    for house, other in ((kz, "BY.GTK"), (by, "KZ.KGD")):
        path = house.folder / "parties" / f"{other}.toml"
        path.write_text(path.read_text() + profile)
    async with by.running(), kz.running():
        ended = await beside("doctor", "BY.GTK", "--config", kz.folder, "--json")
        shown = await beside("doctor", "BY.GTK", "--config", kz.folder)
    assert (rows(ended), ended.code, shown.code) == ({}, DONE, DONE)
    assert "BY.GTK: 0 faults" in shown.out


@pytest.mark.parametrize(
    ("host", "port", "check", "said"),
    [
        ("nobody.invalid", 1, "name", "not known"),
        ("127.0.0.1", 1, "connection", "ConnectionRefused"),
        ("127.0.0.1", 99999, "connection", "ConnectionRefused"),
    ],
)
def test_nobody_is_there(  # noqa: PLR0913, PLR0917 - a table's columns
    pair: tuple[House, House], partner: Identity, host: str, port: int, check: str, said: str
) -> None:
    """An unknown name, a closed port, a number that is no port: exit 5, and what lies behind is not judged."""
    ended = told(pair[0], port, partner.pem, host=host)
    found = rows(ended)
    assert (ended.code, found[check][0], said in found[check][1]) == (UNREACHABLE, "fault", True)
    assert found["answer"][0] == "not reached"


def test_a_port_without_tls_is_named(pair: tuple[House, House], partner: Identity) -> None:
    """Plain HTTP answers where TLS is expected."""
    with served(None, lambda _: http(400)) as port:
        found = rows(told(pair[0], port, partner.pem))
    assert "does not speak TLS" in found["tls versions and ciphers"][1]


def test_an_old_tls_version_is_named(pair: tuple[House, House], tmp_path: Path, partner: Identity) -> None:
    """TLS 1.2 only, where we want 1.3; with 1.2 allowed here nothing is wrong."""
    tls = context(partner.file(tmp_path))
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    with served(tls, receipt) as port:
        found = rows(told(pair[0], port, partner.pem))
        allow(pair[0])
        control = rows(told(pair[0], port, partner.pem))
    assert "TLS 1.2 only" in found["tls versions and ciphers"][1]
    assert control == {}


def allow(house: House) -> None:
    """TLS 1.2 is spoken here, too."""
    path = house.folder / "gateway.toml"
    path.write_text(path.read_text() + '\n[delivery]\nminimum_tls = "1.2"\n')


def test_ciphers_without_match_are_named(pair: tuple[House, House], tmp_path: Path, partner: Identity) -> None:
    """TLS 1.2 with CBC alone: its cipher is shown."""
    tls = context(partner.file(tmp_path))
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    tls.set_ciphers("ECDHE-ECDSA-AES128-SHA256")
    allow(pair[0])
    with served(tls, receipt) as port:
        found = rows(told(pair[0], port, partner.pem))
    assert "ECDHE-ECDSA-AES128-SHA256" in found["tls versions and ciphers"][1]


def test_a_certificate_that_is_not_the_partners_is_named(
    pair: tuple[House, House], tmp_path: Path, partner: Identity
) -> None:
    """With its fingerprint, to be compared; nothing is sent to that server."""
    posted: list[bytes] = []
    other = identity("by.example")
    with served(context(other.file(tmp_path)), lambda request: posted.append(request) or http()) as port:  # type: ignore[func-returns-value]
        found = rows(told(pair[0], port, partner.pem))
    assert chains.fingerprint(other.certificate) in found["server certificate"][1]
    assert (found["answer"][0], [each for each in posted if b"POST" in each]) == ("not reached", [])


@pytest.mark.parametrize("renewed", [False, True])
def test_a_leaf_without_its_issuers_is_named(pair: tuple[House, House], tmp_path: Path, *, renewed: bool) -> None:
    """A warning while we know the very certificate; a fault when it is a new one. With its issuer sent: fine."""
    issuer = identity("CA", "")
    leaf = identity("by.example", issuer=issuer)
    known = identity("by.example", issuer=issuer) if renewed else leaf
    with served(context(leaf.file(tmp_path)), receipt) as port:
        found = rows(told(pair[0], port, known.pem))
    assert found["server certificate"][0] == "fault" if renewed else "warning"
    assert "CN=CA" in found["server certificate"][1]
    with served(context(leaf.file(tmp_path, issuer)), receipt) as port:
        control = rows(told(pair[0], port, known.pem + issuer.pem))
    assert control == {}


def test_another_name_in_the_certificate_is_named(pair: tuple[House, House], tmp_path: Path) -> None:
    """Both the name that is in it and the one that was asked for."""
    other = identity("by.example", "as4.by.example")
    with served(context(other.file(tmp_path)), receipt) as port:
        found = rows(told(pair[0], port, other.pem))
    assert "as4.by.example, not for 127.0.0.1" in found["server name"][1]


def test_an_expired_certificate_is_named(pair: tuple[House, House], tmp_path: Path) -> None:
    """With its day; the handshake is not blamed on anything else."""
    old = identity("by.example", until=dt.datetime(2024, 5, 1, tzinfo=dt.UTC))
    with served(context(old.file(tmp_path)), receipt) as port:
        found = rows(told(pair[0], port, old.pem))
    assert found["certificates"] == ("fault", "the partner's certificate for TLS expired on 2024-05-01")
    assert "handshake" not in found


def test_a_certificate_that_ends_soon_is_a_warning(pair: tuple[House, House], tmp_path: Path) -> None:
    """Exit 1, though everything works today."""
    soon = identity("by.example", until=dt.datetime.now(dt.UTC) + SOON)  # noqa: TID251 - a certificate's dates
    with served(context(soon.file(tmp_path)), receipt) as port:
        ended = told(pair[0], port, soon.pem)
    assert (ended.code, rows(ended)["certificates"][0]) == (FOUND, "warning")
    assert "in 9 days" in rows(ended)["certificates"][1]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_our_refused_certificate_is_named(
    pair: tuple[House, House], tmp_path: Path, partner: Identity, version: ssl.TLSVersion
) -> None:
    """Under TLS 1.3 it shows only after the handshake; our fingerprint is in the advice."""
    tls = context(partner.file(tmp_path))
    tls.minimum_version = tls.maximum_version = version
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.load_verify_locations(cadata=identity("another").pem.decode())
    allow(pair[0])
    with served(tls, receipt) as port:
        ended = told(pair[0], port, partner.pem)
    found = rows(ended)
    assert "does not accept our certificate" in found.get("our certificate", ("", ""))[1], found
    assert [check for check, (verdict, _) in found.items() if verdict == "fault"] == ["our certificate"]
    (advice,) = [each["advice"] for each in ended.json["checks"] if each["check"] == "our certificate"]
    own = chains.certificates(pair[0].pem.read_bytes())[0]
    assert chains.fingerprint(own) in advice


@pytest.mark.parametrize(("late", "verdict"), [(120, "warning"), (3600, "fault"), (-3600, "fault"), (30, None)])
def test_clocks_that_differ_are_named(
    pair: tuple[House, House], tmp_path: Path, partner: Identity, late: float, verdict: str | None
) -> None:
    """By how much and which way; a delay of some seconds is none."""
    found = asked(
        pair[0], tmp_path, partner, lambda request: receipt(request) if b"POST" in request else http(late=late)
    )
    assert found.get("clock", (None,))[0] == verdict
    if verdict:
        assert ("behind" if late > 0 else "ahead") in found["clock"][1]


def test_the_receipts_timestamp_is_a_clock_too(pair: tuple[House, House], tmp_path: Path, partner: Identity) -> None:
    """A server may have the right Date and its messaging another time."""
    answer = lambda request: signal(request, RECEIPT, at="2020-01-01T00:00:00Z") if b"POST" in request else http()  # noqa: E731
    assert "behind" in asked(pair[0], tmp_path, partner, answer)["clock"][1]


@pytest.mark.parametrize(
    ("status", "said"),
    [(404, "no AS4 service"), (405, "no AS4 service"), (403, "refuses us"), (500, "fails"), (200, "no AS4 message")],
)
def test_an_answer_that_is_no_as4_is_named(
    pair: tuple[House, House], tmp_path: Path, partner: Identity, status: int, said: str
) -> None:
    """A wrong path, a proxy, a broken server, another application."""
    found = asked(pair[0], tmp_path, partner, lambda _: http(status))
    assert (found["answer"][0], said in found["answer"][1]) == ("fault", True)


def test_a_connection_that_just_ends_is_named(pair: tuple[House, House], tmp_path: Path, partner: Identity) -> None:
    """Something answers that is no HTTP."""
    found = asked(pair[0], tmp_path, partner, lambda _: b"nonsense\r\n\r\n")
    assert (found["http"][0], found["answer"][0]) == ("fault", "not reached")


@pytest.mark.parametrize(
    ("code", "detail", "said"),
    [
        ("EBMS:0010", "No matching leg found: Role of party differs", "Role"),
        ("EBMS:0010", "?", "nothing in particular"),
        ("EBMS:0101", "", "could not authenticate"),
        ("EBMS:0102", "", "could not decrypt"),
        ("EBMS:0103", "", "security policy"),
        ("EBMS:0003", "", "header"),
        ("EBMS:0202", "", "cannot take messages now"),
        ("EBMS:0004", "out of order", "refuses our test message"),
    ],
)
def test_each_error_has_its_usual_cause(  # noqa: PLR0913, PLR0917 - a table's columns
    pair: tuple[House, House], tmp_path: Path, partner: Identity, code: str, detail: str, said: str
) -> None:
    """With its code; the partner's own words are shown."""

    def answer(request: bytes) -> bytes:
        return signal(request, error(code, detail)) if b"POST" in request else http(405)

    with served(context(partner.file(tmp_path)), answer) as port:
        ended = told(pair[0], port, partner.pem)
    verdict, finding = rows(ended)["error"]
    assert (verdict, finding.startswith(code), said in finding) == ("fault", True, True)
    assert ended.json["detail"] == detail


@pytest.mark.parametrize(("signed", "said"), [((), "not signed"), (("m",), "S12:Body"), (("b",), "eb:Messaging")])
def test_a_receipt_that_is_not_signed_whole_is_named(
    pair: tuple[House, House], tmp_path: Path, partner: Identity, signed: tuple[str, ...], said: str
) -> None:
    """Where signatures are agreed: no signature, an unsigned Body (the most frequent fault), an unsigned header."""

    def answer(request: bytes) -> bytes:
        return signal(request, RECEIPT, signed) if b"POST" in request else http(405)

    found = asked(pair[0], tmp_path, partner, answer, profile="")
    assert (found["receipt"][0], said in found["receipt"][1]) == ("fault", True)


def test_a_receipt_for_another_message_is_named(pair: tuple[House, House], tmp_path: Path, partner: Identity) -> None:
    """Its RefToMessageId is not ours."""
    answer = lambda request: signal(request, RECEIPT, ref="other@by") if b"POST" in request else http(405)  # noqa: E731
    assert "not for what was sent" in asked(pair[0], tmp_path, partner, answer)["receipt"][1]


@pytest.mark.parametrize("code", ["EBMS:4001", "EBMS:0004"])
def test_a_duplicate_that_is_answered_oddly_is_a_warning(
    pair: tuple[House, House], tmp_path: Path, partner: Identity, code: str
) -> None:
    """The same bytes are sent twice: the second time an error comes, as phase4 and some Domibus answer."""
    seen: list[bytes] = []

    def answer(request: bytes) -> bytes:
        if not request.startswith(b"POST"):
            return http(405)
        body = request.partition(b"\r\n\r\n")[2]
        seen.append(body)
        return signal(request, error(code, "Duplicate message") if len(seen) > 1 else RECEIPT)

    found = asked(pair[0], tmp_path, partner, answer)
    assert (seen[0] == seen[1], list(found), found["duplicates"][0]) == (True, ["duplicates"], "warning")
    assert code in found["duplicates"][1]


def test_a_key_that_is_missing_is_named(pair: tuple[House, House], tmp_path: Path, partner: Identity) -> None:
    """A profile for which we have no key: named by doctor, ping and export alike, and nothing is sent."""
    posted: list[bytes] = []

    def answer(request: bytes) -> bytes:
        posted.append(request)
        return receipt(request)

    wanted = '\n[pmode]\nsignature_methods = ["ed25519"]\n'
    found = asked(pair[0], tmp_path, partner, answer, profile=wanted)
    assert (found["keys"][0], "ed25519" in found["keys"][1]) == ("fault", True)
    assert [each for each in posted if each.startswith(b"POST")] == []
    for command in (("ping", "BY.GTK"), ("party", "export", "BY.GTK", "--out", tmp_path / "out")):
        ended = gateway(*command, "--config", pair[0].folder)
        assert (ended.code, "ed25519" in ended.err) == (CONFIG, True), command
        assert "under [as4]" in ended.err
        assert "valid now" in ended.err
    assert "no key of [as4] signs by ed25519" in gateway("check", "--config", pair[0].folder).out


def test_environments_and_agreements_are_compared(pair: tuple[House, House], tmp_path: Path, partner: Identity) -> None:
    """The partner's file says production; no agreement is in use with it."""
    pair[0].edit("parties/BY.GTK.toml", '"test"', '"production"')
    pair[0].edit("parties/BY.GTK.toml", '["eurasec-customs", "phyto-notice"]', "[]")
    found = asked(pair[0], tmp_path, partner, receipt)
    assert (found["environment"][0], found["agreements"][0]) == ("fault", "warning")


def test_only_a_partner_can_be_looked_at(pair: tuple[House, House]) -> None:
    """Exit 2 for a name that is none."""
    assert gateway("doctor", "RU.FTS", "--config", pair[0].folder).code == USAGE


def test_advice_is_told_in_the_readers_language(pair: tuple[House, House], partner: Identity) -> None:
    """Russian and Kazakh, too."""
    told(pair[0], 1, partner.pem)
    said: dict[str, Any] = {}
    for language in ("en", "ru", "kk"):
        said[language] = gateway("doctor", "BY.GTK", "--config", pair[0].folder, "--language", language).out
    assert "нет соединения" in said["ru"]
    assert "байланысы жоқ" in said["kk"]
