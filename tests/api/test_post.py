"""Posting a message: who may, what is answered, what becomes of it."""

import re
from datetime import UTC, datetime, timedelta

import aiohttp

from gateway.cli import setup
from gateway.core.ebms import iso
from tests.api.edge import TRN, Service, add_system, codes, fault, rows, system, trusting
from tests.house import House, eventually, sample, sha256

MILLISECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
XML = {"Content-Type": "application/xml"}


async def test_an_accepted_message_is_answered_with_its_ids_digests_and_log_entry(kz: Service) -> None:
    """202 names the message, the digest of what goes on, the salted digest of what came, and the log entry."""
    before = datetime.fromtimestamp(kz.gateway.clock.now() / 1_000_000, UTC)
    body = await kz.accepted()
    message = body["messages"][0]
    assert message["recipient"] == "BY.GTK"
    assert message["message_id"] == body["submission_id"] == body["conversation_id"]
    assert message["removed"] == []
    assert message["sha256"] == body["received"]["sha256"] == sha256(sample(TRN))
    salted = b"gw-received-1" + bytes.fromhex(body["received"]["salt"]) + sample(TRN)
    assert body["received"]["salted_sha256"] == sha256(salted)
    assert (body["agreement"], body["type"], body["version"]) == ("eurasec-customs:1.0", "TransitReleaseNotice", "1.0")
    assert (body["purpose"], body["environment"]) == ("customs", "test")
    assert MILLISECONDS.fullmatch(body["deadline"])
    late = datetime.fromisoformat(body["deadline"]) - before - timedelta(hours=72)
    assert timedelta(milliseconds=-1) < late < timedelta(seconds=10)
    (accepted,) = kz.entries("accepted")
    assert accepted["digest_in"] == body["received"]["salted_sha256"]
    assert [row[0].hex() for row in kz.rows("SELECT hash FROM log_entries WHERE kind = 'accepted'")] == [
        message["log_entry"]
    ]


async def test_a_life_ends_delivered_with_its_place_in_the_log(kz: Service, by: Service) -> None:
    """Queued becomes delivered; every log entry about the message gets its index."""
    answer = await kz.accepted(message_id="life-1@kz.example")
    await kz.became("life-1@kz.example", "delivered")

    async def numbered() -> dict[str, object] | None:
        (life,) = await kz.lives("life-1@kz.example")
        return life if all(row["index"] is not None for row in life["log"]) else None

    life = await eventually(numbered)
    assert [row["kind"] for row in life["log"]] == ["accepted", "delivered"]
    assert life["log"][0]["entry"] == answer["messages"][0]["log_entry"]
    assert life["digest_out"] == answer["messages"][0]["sha256"]
    assert life["deliveries"][0]["next_attempt_at"] is None
    await kz.check()
    await by.check()


async def test_a_waiting_message_says_why_and_when_it_is_tried_next(kz: Service) -> None:
    """With the partner down, the life cycle names the reason, the code and the time of the next attempt."""
    await kz.accepted(message_id="waits-1@kz.example")

    async def tried() -> dict[str, object] | None:
        (life,) = await kz.lives("waits-1@kz.example")
        return life["deliveries"][0] if life["deliveries"][0]["last_code"] else None

    delivery = await eventually(tried)
    assert delivery["state"] == "queued"
    assert delivery["last_code"] == "GW:8001"
    assert "no connection" in delivery["waits_because"]
    assert MILLISECONDS.fullmatch(delivery["next_attempt_at"])
    assert delivery["next_attempt_at"] > iso(kz.rows("SELECT timestamp FROM messages")[0][0])
    assert delivery["settled_at"] is None


async def test_another_system_does_not_find_the_message(pair: tuple[House, House]) -> None:
    """A submission is 404 to every system but the one that posted it."""
    house = pair[0]
    token = add_system(house, "archive")
    async with house.running(), house.client() as owner, system(house, token) as other:
        await owner.post(sample(TRN), {"message_id": "mine-1@kz.example"})
        found = await owner.call("GET", "/messages/mine-1@kz.example")
        hidden = await other.call("GET", "/messages/mine-1@kz.example")
        nothing = await other.call("GET", "/messages/nobodys-1@kz.example")
    assert found.status == 200
    assert hidden.status == nothing.status == 404
    assert hidden.body == nothing.body


async def test_a_system_posts_only_the_types_it_may(pair: tuple[House, House]) -> None:
    """A type outside may_send is 403 GW:2002 and nothing of it is stored."""
    house = pair[0]
    token = add_system(house, "verification", may_send=["DocumentVerificationRequest"])
    async with house.running(), system(house, token) as client:
        reply = await client.post(sample(TRN), {})
        allowed = await client.post(sample("valid/DocumentVerificationRequest--invoice-and-waybill"), {})
        assert rows(house, "SELECT type FROM messages") == [("DocumentVerificationRequest",)]
    assert reply.status == 403
    assert (fault(reply)["code"], fault(reply)["expected"]) == ("GW:2002", "DocumentVerificationRequest")
    assert allowed.status == 202


async def test_nothing_is_taken_without_proof_of_the_system(kz: Service) -> None:
    """No token and a wrong one are 401 with WWW-Authenticate, on every path that is not public."""
    async with kz.house.stranger() as nobody, system(kz.house, "wrong") as liar:
        for client in (nobody, liar):
            for method, path in (
                ("POST", "/messages"),
                ("GET", "/messages/x"),
                ("GET", "/inbox"),
                ("POST", "/inbox/lease"),
            ):
                reply = await client.call(method, path, None, sample(TRN) if method == "POST" else None)
                assert (reply.status, codes(reply)) == (401, ["GW:2001"])
                assert reply.headers["WWW-Authenticate"] == "Bearer"
        assert (await nobody.call("GET", "/health")).status == 200
    assert kz.rows("SELECT 1 FROM messages") == []


async def test_a_client_certificate_proves_a_system(pair: tuple[House, House]) -> None:
    """A system with a certificate needs no token; its messages are its own."""
    house = pair[0]
    service = setup.Service("NATIONAL", "KZ", "a national system", "127.0.0.1", 1, 2)
    certificate, key = setup.key_pair(service)
    (house.folder / "keys" / "national.pem").write_bytes(certificate)
    (house.folder / "keys" / "national.key").write_bytes(key)
    add_system(house, "certified", token_sha256=[], certificates=["keys/national.pem"])
    context = trusting(house)
    context.load_cert_chain(house.folder / "keys" / "national.pem", house.folder / "keys" / "national.key")
    connector = aiohttp.TCPConnector(ssl=context)
    async with house.running(), aiohttp.ClientSession(connector=connector) as session, house.client() as other:
        async with session.post(f"{house.url}/messages", data=sample(TRN), headers=XML) as reply:
            status, body = reply.status, await reply.json()
        async with session.get(f"{house.url}/messages/{body['submission_id']}") as found:
            assert found.status == 200
        assert (await other.call("GET", f"/messages/{body['submission_id']}")).status == 404
        assert rows(house, "SELECT system FROM messages") == [("certified",)]
    assert status == 202


async def test_a_removed_token_ends_with_the_next_request(pair: tuple[House, House]) -> None:
    """A token taken out of the file is refused on an open connection once the file has been read again."""
    house = pair[0]
    token = add_system(house, "short-lived")
    async with house.running() as gateway, system(house, token) as client:
        assert (await client.call("GET", "/inbox")).status == 200
        path = house.folder / "gateway.toml"
        path.write_text(path.read_text().rpartition("\n[[system]]")[0])
        await gateway.reload()
        assert (await client.call("GET", "/inbox")).status == 401
