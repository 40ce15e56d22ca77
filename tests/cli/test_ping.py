"""`ping`: a partner's test service is asked, beside a running gateway."""

from gateway.cli.output import CONFIG, DONE, FOUND, UNREACHABLE, USAGE
from gateway.core.errors import ErrorCode
from gateway.core.language import Language
from gateway.core.texts import told
from tests.cli.command import beside, gateway
from tests.house import House


async def test_a_ping_is_answered_with_a_receipt(pair: tuple[House, House]) -> None:
    """Exit 0; each answer with its time, the times summed up; our own gateway may be running, too."""
    kz, by = pair
    async with by.running(), kz.running():
        ended = await beside("ping", "BY.GTK", "--count", 2, "--config", kz.folder, "--json")
        shown = await beside("ping", "BY.GTK", "--count", 2, "--config", kz.folder)
    assert (ended.code, ended.json["receipts"], ended.json["party"]) == (DONE, 2, "BY.GTK")
    assert [(row["result"], row["code"]) for row in ended.json["pings"]] == [("receipt", "")] * 2
    assert 0 < ended.json["milliseconds"]["min"] <= ended.json["milliseconds"]["max"]
    assert len({row["message_id"] for row in ended.json["pings"]}) == 2
    assert (shown.code, "2 of 2 with a receipt" in shown.out, "doctor" in shown.out) == (DONE, True, False)


async def test_an_error_is_told_with_its_code_and_meaning(pair: tuple[House, House]) -> None:
    """The partner knows our certificate as another party's: exit 1, in the reader's language, with the way to the cause."""
    kz, by = pair
    for kind in ("toml", "pem", "as4.pem"):
        (by.folder / "parties" / f"KZ.KGD.{kind}").rename(by.folder / "parties" / f"RU.FTS.{kind}")
    by.edit("parties/RU.FTS.toml", "KZ.KGD", "RU.FTS")
    by.edit("parties/RU.FTS.toml", '"KZ"', '"RU"')
    async with by.running():
        ended = await beside("ping", "BY.GTK", "--config", kz.folder, "--language", "ru")
    assert ended.code == FOUND
    assert "error EBMS:0101" in ended.out
    assert told(ErrorCode.EBMS_0101.meaning, Language.RU) in ended.out
    assert "gateway doctor BY.GTK" in ended.out


async def test_a_partner_that_is_down_is_told(pair: tuple[House, House]) -> None:
    """Exit 5, with the code and what it means."""
    ended = await beside("ping", "BY.GTK", "--config", pair[0].folder, "--language", "en", "--json")
    assert ended.code == UNREACHABLE
    (row,) = ended.json["pings"]
    assert (row["result"], row["code"]) == ("no answer", "GW:8001")
    assert row["meaning"]
    assert (ended.json["receipts"], ended.json["milliseconds"]) == (0, {})


def test_only_a_partner_can_be_pinged(pair: tuple[House, House]) -> None:
    """Neither ourselves nor a name that is not configured: exit 2, the partners are named; a faulty folder: exit 3."""
    for name in ("KZ.KGD", "RU.FTS"):
        ended = gateway("ping", name, "--config", pair[0].folder)
        assert (ended.code, "BY.GTK" in ended.err) == (USAGE, True), name
    pair[0].edit("gateway.toml", "[gateway]", "[gatewa]")
    assert gateway("ping", "BY.GTK", "--config", pair[0].folder).code == CONFIG
