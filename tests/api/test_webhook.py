"""Webhooks: messages pushed to a national system, and notices about what it sent."""

import json
from datetime import UTC, datetime, timedelta

from tests.api.edge import RESPONSE, TRN, Service, document, entries, rows
from tests.api.webhook import TOKEN, webhook
from tests.house import House, eventually, sample, sha256

RETRY = '\n[delivery]\nfirst_retry = "1 seconds"\nlongest_probe = "1 seconds"\n\n[api]'
PDF = ("attachment", "application/pdf", "a.pdf", b"%PDF")


async def test_a_message_is_pushed_with_its_metadata_and_acknowledged(pair: tuple[House, House], kz: Service) -> None:
    """The webhook gets document, attachment and metadata with its token; the inbox item is taken over by it."""
    house = pair[1]
    async with webhook(house) as hook, house.running(), house.client() as client:
        await kz.post_form(document(RESPONSE), PDF)
        await eventually(lambda: rows(house, "SELECT 1 FROM inbox WHERE acknowledged_at > 0"))
        (pushed,) = hook.pushed
        told = json.loads(pushed.part("metadata"))
        assert pushed.authorization == f"Bearer {TOKEN}"
        assert (pushed.part("message"), pushed.part("attachment")) == (sample(RESPONSE), b"%PDF")
        assert (told["sender"], told["type"]) == ("KZ.KGD", "DocumentVerificationResponse")
        assert told["payloads"][0]["sha256"] == sha256(sample(RESPONSE))
        assert (await client.call("GET", "/inbox")).json["items"] == []
        assert [(row["delivery"], row["target"]) for row in entries(house, "pushed")] == [("push", "system:national")]
        assert entries(house, "delivered") == []


async def test_a_push_that_fails_for_now_comes_again_with_the_same_content(
    pair: tuple[House, House], kz: Service
) -> None:
    """503, then a webhook that takes it: two requests with equal bytes, one attempt entry, one pushed."""
    house = pair[1]
    house.edit("gateway.toml", "\n[api]", RETRY)
    async with webhook(house, 503) as hook, house.running(), house.client() as client:
        await kz.post()
        await eventually(lambda: entries(house, "attempt"))
        assert len((await client.call("GET", "/inbox")).json["items"]) == 1
        await eventually(lambda: entries(house, "pushed"))
        assert len(hook.pushed) == 2
        assert hook.pushed[0] == hook.pushed[1]
        assert [row["code"] for row in entries(house, "attempt")] == ["GW:8005"]
        assert rows(house, "SELECT attempts, detail FROM deliveries") == [(2, "")]
        assert (await client.call("GET", "/inbox")).json["items"] == []


async def test_a_push_refused_for_good_stays_in_the_inbox(pair: tuple[House, House], kz: Service) -> None:
    """A webhook that answers 400 loses nothing: the item waits to be read, and its text is not kept."""
    house = pair[1]
    async with webhook(house, 400), house.running() as gateway, house.client() as client:
        await kz.post()
        await eventually(lambda: entries(house, "failed"))
        (item,) = await Service(house, gateway, client).leased()
        assert (await client.read(item)).body == sample(TRN)
        assert rows(house, "SELECT state, code, detail FROM deliveries") == [("failed", "GW:8006", "HTTP 400")]


async def test_the_producer_is_told_that_the_partner_refused(pair: tuple[House, House]) -> None:
    """The partner knows no such agreement with us: the delivery fails for good and the webhook hears why."""
    kz, by = pair
    by.edit("parties/KZ.KGD.toml", 'agreements = ["eurasec-customs", "phyto-notice"]', "agreements = []")
    async with webhook(kz) as hook, kz.running() as gateway, by.running(), kz.client() as client:
        service = Service(kz, gateway, client)
        await service.accepted(message_id="told-1@kz.example", conversation_id="talk")
        life = await service.became("told-1@kz.example", "failed")
        notice = (await eventually(lambda: hook.pushed))[0]
        told = notice.json
        assert notice.authorization == f"Bearer {TOKEN}"
        assert (told["event"], told["message_id"], told["conversation_id"]) == ("failed", "told-1@kz.example", "talk")
        assert (told["recipient"], told["code"], told["ebms"]) == ("BY.GTK", "EBMS:0010", "EBMS:0010")
        assert "GW:4001" in told["detail"]
        assert life["deliveries"][0]["last_code"] == "EBMS:0010"
        await service.check()


async def test_the_producer_is_told_in_its_own_language(pair: tuple[House, House]) -> None:
    """`api.language`: the notice is in it, and so is what the partner says, because it was asked for it."""
    kz, by = pair
    kz.edit("gateway.toml", "[api]  # national systems\n", '[api]\nlanguage = "kk"\n')
    by.edit("parties/KZ.KGD.toml", 'agreements = ["eurasec-customs", "phyto-notice"]', "agreements = []")
    async with webhook(kz) as hook, kz.running() as gateway, by.running(), kz.client() as client:
        await Service(kz, gateway, client).accepted()
        told = (await eventually(lambda: hook.pushed))[0].json
        assert (told["code"], told["meaning"]) == ("EBMS:0010", "тақырыптамаға бірде-бір P-Mode сәйкес келмейді")
        assert "meaning=түбірлік элемент қолданыстағы бірде-бір келісімге белгілі емес" in told["detail"]


async def test_a_failed_message_never_reads_as_delivered(pair: tuple[House, House]) -> None:
    """Once the producer has been told of the failure, the life cycle still ends with it."""
    kz, by = pair
    by.edit("parties/KZ.KGD.toml", 'agreements = ["eurasec-customs", "phyto-notice"]', "agreements = []")
    async with webhook(kz), kz.running() as gateway, by.running(), kz.client() as client:
        service = Service(kz, gateway, client)
        await service.accepted(message_id="told-2@kz.example")
        await eventually(lambda: rows(kz, "SELECT 1 FROM deliveries WHERE kind = 'notice' AND state = 'delivered'"))
        (life,) = await service.lives("told-2@kz.example")
        assert [row["kind"] for row in life["log"] if row["kind"] != "attempt"] == ["accepted", "failed", "notified"]


async def test_the_producer_is_told_at_the_deadline(pair: tuple[House, House]) -> None:
    """The partner is down until the deadline: expired in the status, in the log, and at the webhook, once."""
    kz = pair[0]
    deadline = (datetime.now(UTC) + timedelta(seconds=1.2)).isoformat()  # noqa: TID251 - a producer's clock
    async with webhook(kz) as hook, kz.running() as gateway, kz.client() as client:
        service = Service(kz, gateway, client)
        await service.accepted(message_id="late-1@kz.example", deadline=deadline)
        life = await service.became("late-1@kz.example", "expired")
        await eventually(lambda: hook.pushed)
        assert [(push.json["event"], push.json["code"]) for push in hook.pushed] == [("expired", "GW:8008")]
        assert life["deliveries"][0]["settled_at"] >= life["deadline"]
        assert life["log"][-1]["kind"] == "expired"


async def test_a_webhook_without_the_named_certificate_gets_nothing(pair: tuple[House, House], kz: Service) -> None:
    """A server that another certificate speaks for is not talked to; the delivery waits and says why."""
    house = pair[1]
    async with webhook(house) as hook:
        (house.folder / "keys" / "hook.pem").write_bytes(pair[0].pem.read_bytes())
        async with house.running():
            await kz.post()
            await eventually(lambda: rows(house, "SELECT 1 FROM deliveries WHERE code = 'GW:8004'"))
        assert hook.pushed == []


async def test_a_push_goes_on_after_the_senders_deadline(pair: tuple[House, House], kz: Service) -> None:
    """The sender's deadline is for the delivery to us; what arrived in time has its own time to be pushed."""
    house = pair[1]
    house.edit("gateway.toml", "\n[api]", RETRY)
    async with webhook(house, *[503] * 99) as hook, house.running() as gateway:
        deadline = datetime.now(UTC) + timedelta(seconds=2)  # noqa: TID251 - a producer's clock
        await kz.accepted(deadline=deadline.isoformat())
        await eventually(lambda: hook.pushed)
        await eventually(lambda: gateway.clock.now() > deadline.timestamp() * 1_000_000)
        hook.statuses.clear()
        await eventually(lambda: entries(house, "pushed"))
        assert entries(house, "expired") == []
        assert rows(house, "SELECT d.deadline - i.arrived_at FROM deliveries d JOIN inbox i ON i.id = d.message") == [
            (72 * 3600 * 1_000_000,)
        ]


async def test_a_push_that_misses_its_deadline_stays_in_the_inbox(pair: tuple[House, House], kz: Service) -> None:
    """The type's time to deliver ends the attempts at a webhook; nothing received is lost by it, and the log says so."""
    house = pair[1]
    house.edit("agreements/eurasec-customs.toml", 'deliver_within = "72 hours"', 'deliver_within = "2 seconds"')
    async with webhook(house, *[503] * 99), house.running() as gateway, house.client() as client:
        await kz.accepted()
        await eventually(lambda: entries(house, "expired"))
        assert [row["delivery"] for row in entries(house, "expired")] == ["push"]
        (item,) = await Service(house, gateway, client).leased()
        assert (await client.read(item)).body == sample(TRN)
