"""A delivery is packed once, kept before it is sent, and sent again byte for byte until its security ends."""

import json
from dataclasses import replace
from typing import Any, cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from gateway.cli import keys
from gateway.cli.keys import Kind, Owner
from gateway.core.agreement import Suite
from gateway.core.errors import ErrorCode
from gateway.core.names import SECOND, Micros, PartyId
from gateway.core.pmode import PROFILES
from gateway.core.security import signed_references, unsecured
from gateway.core.wss.keys import PrivateKey, Signer, local_signer
from gateway.flow.ports import Job
from gateway.flow.sending import SendError
from tests.house import sample
from tests.town import Node, Town, down

NORMAL = sample("valid/DocumentVerificationRequest--invoice-and-waybill")
BY = PartyId("BY.GTK")


async def leased(kz: Node, town: Town, message_id: str = "m@town") -> Job:
    """A message to BY, leased for its first attempt."""
    await kz.post(NORMAL, message_id, to=("BY.GTK",))
    return await again(kz, town)


async def again(kz: Node, town: Town) -> Job:
    """The same delivery, leased for the next attempt."""
    town.clock.advance(60)
    now = town.clock.now()
    (job,) = await kz.store.lease(now, Micros(now + SECOND), {"party:BY.GTK": 1})
    return job


def under(kz: Node, **changes: Any) -> None:
    """KZ's configuration says something else about BY from now on."""
    register = kz.settings.register
    party = replace(register.parties[BY], **changes)
    parties = {**register.parties, BY: party}
    kz.settings = replace(kz.settings, register=replace(register, parties=parties))


def holding(kz: Node, *signers: Signer) -> None:
    """KZ has these keys from now on."""
    kz.settings = replace(kz.settings, register=replace(kz.settings.register, signers=signers))


def lasting(monkeypatch: pytest.MonkeyPatch) -> Signer:
    """A key whose certificate outlasts the others."""
    monkeypatch.setattr(keys, "VALID_DAYS", 40 * 365)
    (pair,) = keys.messaging(Owner("KZ.KGD", "KZ", "Customs"), Kind.EC)
    certificate, key = x509.load_pem_x509_certificate(pair.certificate), load_pem_private_key(pair.key, None)
    return local_signer((certificate,), cast("PrivateKey", key))


async def told(kz: Node) -> list[dict[str, Any]]:
    """What the log says about messages that were secured again."""
    return [json.loads(row["body"]) for row in await kz.store.entries("", "resecured", 10)]


async def test_every_attempt_sends_what_the_first_one_kept(town: Town) -> None:
    """Also after a restart; nothing is made again, nothing is logged."""
    kz = town["KZ.KGD"]
    first = await kz.dispatcher._packing.packed(await leased(kz, town))
    second = await again(kz, town)

    assert second.pack == first.pack
    assert await kz.dispatcher._packing.packed(second) is second
    assert await told(kz) == []


async def test_what_a_national_suite_signed_is_not_signed_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its key is ours as any other; once the suite has another one, the message is secured again (the control)."""
    kz = town["KZ.KGD"]
    pmode = replace(PROFILES["ics2"], suite="gost")
    under(kz, pmodes=dict.fromkeys(kz.settings.register.parties[BY].pmodes, pmode))
    for times in (0, 1):
        suite = cast("Suite", lasting(monkeypatch))
        kz.settings = replace(kz.settings, register=replace(kz.settings.register, suites={"gost": suite}))
        job = await (again(kz, town) if times else leased(kz, town))
        first = await kz.dispatcher._packing.packed(job)
        second = await again(kz, town)

        assert await kz.dispatcher._packing.packed(second) is second
        assert second.pack == first.pack
        assert len(await told(kz)) == times


@pytest.mark.parametrize("change", ["pmode", "end"])
async def test_what_ended_is_secured_again_over_the_same_message(
    town: Town, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """Same Messaging, Body and parts under a new signature, once, and the log says so."""
    kz = town["KZ.KGD"]
    first = await kz.dispatcher._packing.packed(await leased(kz, town))
    if change == "pmode":
        under(kz, pmodes={"eurasec-customs:1.0": replace(PROFILES["ics2"], signature_methods=("ecdsa-sha256",))})
    else:
        holding(kz, *kz.settings.register.signers, lasting(monkeypatch))
        town.clock.advance(20 * 365 * 24 * 3600)
    second = await kz.dispatcher._packing.packed(await again(kz, town))

    assert unsecured(second.pack.soap) == unsecured(first.pack.soap)
    assert signed_references(second.pack.soap) == signed_references(first.pack.soap)
    (entry,) = await told(kz)
    assert (entry["message_id"], entry["before"]) == ("m@town", first.pack.secured)
    third = await again(kz, town)
    assert await kz.dispatcher._packing.packed(third) is third


async def test_nothing_is_sent_under_a_certificate_that_ended(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message waits for its operators, however often it is tried; with another key it is secured again, once."""
    kz = town["KZ.KGD"]
    await kz.dispatcher._packing.packed(await leased(kz, town))
    town.clock.advance(20 * 365 * 24 * 3600)
    for _ in range(2):
        with pytest.raises(SendError) as ended:
            await kz.dispatcher._packing.packed(await again(kz, town))
        assert ended.value.code is ErrorCode.NOT_SECURED
    assert await told(kz) == []

    holding(kz, lasting(monkeypatch))
    await kz.dispatcher._packing.packed(await again(kz, town))
    assert len(await told(kz)) == 1


async def test_nothing_is_kept_by_whoever_lost_the_lease(town: Town) -> None:
    """A pack that is not kept is not sent: the other attempt's is the one that counts."""
    kz = town["KZ.KGD"]
    slow = await leased(kz, town)
    quick = await kz.dispatcher._packing.packed(await again(kz, town))

    with pytest.raises(SendError) as lost:
        await kz.dispatcher._packing.packed(slow)
    assert lost.value.code is ErrorCode.TIMED_OUT
    assert (await again(kz, town)).pack == quick.pack


async def test_what_cannot_be_packed_waits_and_holds_up_nobody(town: Town) -> None:
    """No certificate to encrypt for: that delivery is tried again later, another party's goes out now."""
    kz = town["KZ.KGD"]
    under(kz, pmodes={"eurasec-customs:1.0": replace(PROFILES["edelivery-1.15"], key_transport="rsa-oaep")}, readers=())
    await kz.post(NORMAL, "stuck@town", to=("BY.GTK",))
    await kz.post(NORMAL, "free@town", to=("RU.FTS",))
    await kz.deliver()

    states = {row["message_id"]: row["state"] for row in await kz.store.messages({}, 10)}
    assert states == {"stuck@town": "queued", "free@town": "delivered"}
    (stuck,) = await kz.store.deliveries(1)
    assert stuck["code"] == ErrorCode.NOT_SECURED.code


async def test_what_waits_is_never_sent_with_less_than_its_agreement_asks(town: Town) -> None:
    """Not by what is agreed about others, once its agreement is none of the party's; by the next version's, it is."""
    kz = town["KZ.KGD"]
    job = await leased(kz, town)
    under(kz, pmodes={"": PROFILES["plain-tls"], "phyto-notice:1.0": PROFILES["plain-tls"]})
    with pytest.raises(SendError) as refused:
        await kz.dispatcher._packing.packed(job)
    assert (refused.value.code, refused.value.detail) == (ErrorCode.NOT_SECURED, "eurasec-customs:1.0")

    under(kz, pmodes={"": PROFILES["plain-tls"], "eurasec-customs:1.1": PROFILES["ics2"]})
    assert signed_references((await kz.dispatcher._packing.packed(job)).pack.soap)


async def test_a_party_that_is_gone_is_not_packed_for(town: Town) -> None:
    """GW:8009, as for any target that is no longer configured."""
    kz = town["KZ.KGD"]
    job = await leased(kz, town)
    register = kz.settings.register
    parties = {name: party for name, party in register.parties.items() if name != BY}
    kz.settings = replace(kz.settings, register=replace(register, parties=parties))

    with pytest.raises(SendError) as gone:
        await kz.dispatcher._packing.packed(job)
    assert gone.value.code is ErrorCode.PARTY_UNKNOWN


async def test_a_partner_that_was_down_gets_the_message_once_after_its_security_ended(town: Town) -> None:
    """The first attempt arrived, its receipt was lost; the second is signed anew and suppressed as a duplicate."""
    kz, by = town["KZ.KGD"], town["BY.GTK"]
    await kz.post(NORMAL, "m@town", to=("BY.GTK",))
    real = kz.loopback.send

    async def lost(*sent: Any) -> Any:
        await real(*sent)
        raise SendError(ErrorCode.TIMED_OUT)

    kz.loopback.send = lost  # type: ignore[method-assign]
    await kz.deliver()
    kz.loopback.send = real  # type: ignore[method-assign]
    under(kz, pmodes={"eurasec-customs:1.0": replace(PROFILES["ics2"], signature_methods=("ecdsa-sha256",))})
    town.clock.advance(60)
    await kz.deliver()

    (row,) = await kz.store.messages({}, 10)
    assert row["state"] == "delivered"
    assert len(await told(kz)) == 1
    assert len(await by.store.entries("m@town", "duplicate", 10)) == 1
    assert len(await by.take_all()) == 1


async def test_a_down_partner_costs_one_pack(town: Town) -> None:
    """Retries do not sign again."""
    kz = town["KZ.KGD"]
    kz.loopback.fault = down("party:BY.GTK")
    await kz.post(NORMAL, "m@town", to=("BY.GTK",))
    for _ in range(3):
        await kz.deliver()
        town.clock.advance(3600)

    assert len({body for _, _, body in town.sent}) == 1
