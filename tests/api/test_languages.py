"""Faults are told in the reader's language at both edges; what is kept is not."""

import dataclasses
import json

import aiohttp
import pytest
from lxml import etree

from gateway.cli.client import NationalClient, Reply
from gateway.core import ebms
from gateway.core.language import Language
from tests.api.edge import TRN, Service
from tests.house import sample

FIVE = "invalid/TransitReleaseNotice--five-kinds-of-wrong-value"
DESCRIPTION = f"{{{ebms.EB}}}Description"
TOLD = {
    Language.EN: ("the value does not match its pattern", "pattern"),
    Language.RU: ("значение не соответствует шаблону", "шаблон"),
    Language.KK: ("мән үлгіге сәйкес келмейді", "үлгі"),
}


def reading(service: Service, language: Language) -> NationalClient:
    """The system's own connection, for a reader of that language."""
    house = service.house
    return NationalClient(house.url, house.token, house.pem, language=language)


@pytest.mark.parametrize("language", list(Language))
async def test_faults_are_told_in_the_language_asked_for(kz: Service, language: Language) -> None:
    """Meaning, expectation and detail; codes, names, paths and positions are the same in all."""
    async with reading(kz, language) as client, reading(kz, Language.EN) as english:
        reply, control = await client.post(sample(FIVE), {}), await english.post(sample(FIVE), {})

    (fault,) = [row for row in reply.json["faults"] if row["code"] == "GW:5004"]
    assert reply.headers["Content-Language"] == language
    assert fault["meaning"] == TOLD[language][0]
    assert TOLD[language][1] in fault["expected"]
    assert [untold(row) for row in reply.json["faults"]] == [untold(row) for row in control.json["faults"]]


def untold(fault: dict[str, object]) -> dict[str, object]:
    """What of a fault is the same in every language."""
    return {key: value for key, value in fault.items() if key not in ("meaning", "expected")}


async def test_who_asks_for_no_language_gets_the_configured_one(kz: Service) -> None:
    """`api.language`; and English is only its default."""
    register = kz.gateway.register()
    kz.gateway.settings = dataclasses.replace(
        kz.gateway.settings, register=dataclasses.replace(register, language=Language.KK)
    )
    async with aiohttp.ClientSession() as session:
        url = f"{kz.house.url}/messages/unknown@x"
        headers = {"Authorization": f"Bearer {kz.house.token}"}
        async with session.get(url, headers=headers, ssl=kz.client._context) as answer:
            body = await answer.json(content_type=None)

    assert answer.headers["Content-Language"] == "kk"
    assert body["detail"] == "бұл жүйе үшін мұндай нысан жоқ"


async def test_a_repeat_has_the_identical_answer_in_every_language(kz: Service) -> None:
    """The kept answer has no text in any language."""
    replies: list[Reply] = []
    for language in Language:
        async with reading(kz, language) as client:
            replies.append(await client.post(sample(TRN), {"message_id": "same@kz.example"}))

    assert [reply.status for reply in replies] == [202, 202, 202]
    assert len({reply.body for reply in replies}) == 1


async def test_the_log_has_one_language(kz: Service) -> None:
    """Evidence does not depend on who asked how: the leaf is English."""
    async with reading(kz, Language.KK) as client:
        await client.post(sample(FIVE), {})

    ((leaf,),) = kz.rows("SELECT body FROM log_entries WHERE kind = 'refused'")
    meanings = {fault["code"]: fault["meaning"] for fault in json.loads(leaf)["faults"]}
    assert meanings["GW:5004"] == TOLD[Language.EN][0]


async def test_why_a_delivery_waits_is_told_in_the_language(kz: Service) -> None:
    """BY does not run: the reason is composed of phrases and a code's meaning."""
    message_id = (await kz.accepted())["messages"][0]["message_id"]
    async with reading(kz, Language.RU) as client:
        reply = await client.call("GET", f"/messages/{message_id}")

    (row,) = reply.json["messages"][0]["deliveries"]
    assert reply.headers["Content-Language"] == "ru"
    assert "попытк" in row["waits_because"]


@pytest.mark.usefixtures("by")
@pytest.mark.parametrize("language", [*Language, None])
async def test_a_partner_is_told_in_its_language(kz: Service, language: Language | None) -> None:
    """The description says which (xml:lang), the detail is in the same; English where none is asked for."""
    headers = {"Content-Type": "text/plain"} | ({"Accept-Language": language.value} if language else {})
    route = kz.gateway.transport._routes["party:BY.GTK"]
    async with (
        aiohttp.ClientSession(skip_auto_headers=("Accept-Language",)) as session,
        session.post(route.url, data=b"?", headers=headers, ssl=route.context) as answer,
    ):
        found = etree.fromstring(await answer.read())

    (description,) = found.iter(DESCRIPTION)
    meaning = {"ru": "нарушена структура MIME", "kk": "MIME құрылымы бұзылған"}
    assert answer.headers["Content-Language"] == (language or "en")
    assert description.get("{http://www.w3.org/XML/1998/namespace}lang") == (language or "en")
    assert description.text == meaning.get(language or "en", "the MIME structure is broken")
    assert str(description.text) in str(found.findtext(f".//{{{ebms.EB}}}ErrorDetail"))


def test_partners_are_asked_for_the_language_of_the_readers_here(kz: Service) -> None:
    """Their details are shown to national systems and operators."""
    assert kz.gateway.transport._routes["party:BY.GTK"].headers["Accept-Language"] == kz.gateway.register().language
