"""The OpenAPI document is true: valid, complete, and real answers are what it says."""

import re
from typing import Any

from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from gateway.api.app import Api
from gateway.api.openapi import document
from gateway.cli.client import Reply
from tests.api.edge import RESPONSE, TRN, Service
from tests.api.edge import document as part
from tests.house import sample

TEMPLATE = re.compile(r"\{[a-z_]+\}")
PATHS: dict[str, dict[str, Any]] = document()["paths"]
COVERED = {
    "Accepted",
    "Transactions",
    "TransactionPage",
    "Rehearsed",
    "Lives",
    "Items",
    "Leased",
    "Problem",
    "Health",
    "Any",
}


def check(reply: Reply, path: str, method: str = "post") -> str:
    """The name of the schema that the operation promises for this status; the answer is valid under it."""
    (media_type, content), *_ = PATHS[path][method]["responses"][str(reply.status)]["content"].items()
    assert reply.headers["Content-Type"].partition(";")[0] == media_type
    name = content["schema"]["$ref"].rpartition("/")[2]
    root = {"$ref": content["schema"]["$ref"], "components": document()["components"]}
    Draft202012Validator(root).validate(reply.json)
    return str(name)


def test_the_document_is_valid_openapi() -> None:
    """OpenAPI 3.1, valid, and every operation has a summary and an answer."""
    validate(document())
    assert document()["openapi"].startswith("3.1")
    assert all(op["summary"] and op["responses"] for methods in PATHS.values() for op in methods.values())


async def test_its_paths_are_the_routes(kz: Service) -> None:
    """Every route is described and nothing else is; it is served as it is made."""
    running = kz.gateway
    edge = Api(
        running.intake,
        running.desk,
        running.operate,
        running.conversations,
        running.register,
        running.clock,
        running.uploads,
        running.trail,
    )
    served = {
        (route.resource.canonical, route.method.lower())
        for route in edge.application().router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    assert served == {(path, method) for path, methods in PATHS.items() for method in methods}
    async with kz.house.stranger() as nobody:
        assert (await nobody.call("GET", "/openapi.json")).json == document()


async def test_path_parameters_are_described() -> None:
    """Every {name} in a path is a parameter of each of its operations."""
    for path, methods in PATHS.items():
        for operation in methods.values():
            named = {row["name"] for row in operation.get("parameters", []) if row["in"] == "path"}
            assert named == {name.strip("{}") for name in TEMPLATE.findall(path)}, path


async def test_real_answers_are_valid_under_their_schemas(kz: Service, by: Service) -> None:
    """Each schema of the document is met by an answer of a running pair; no property is missing or too many."""
    restricted = "restricted/TransitReleaseNotice--sums-control-and-official"
    call = kz.client.call
    met = {
        check(await kz.post(restricted, message_id="s-1@kz.example", ref_to_message_id="q@by.example"), "/messages"),
        check(await kz.post(restricted, message_id="s-1@kz.example", ref_to_message_id="q@by.example"), "/messages"),
        check(await call("POST", "/messages?dry-run", None, sample(restricted), "application/xml"), "/messages"),
        check(await kz.post("invalid/TransitReleaseNotice--five-kinds-of-wrong-value"), "/messages"),
        check(await call("GET", "/health"), "/health", "get"),
        check(await call("GET", "/openapi.json"), "/openapi.json", "get"),
        check(await call("GET", "/messages/none"), "/messages/{message_id}", "get"),
        check(await call("GET", "/messages/s-1@kz.example"), "/messages/{message_id}", "get"),
        check(await call("POST", "/inbox/lease"), "/inbox/lease"),
        check(await kz.post_form(part(RESPONSE), ("attachment", "image/jpeg", "a.jpg", b"x")), "/messages"),
    }
    await kz.became("s-1@kz.example", "delivered")
    (item, other) = await by.leased(2)
    met |= {
        check(await kz.client.call("GET", "/messages/s-1@kz.example"), "/messages/{message_id}", "get"),
        check(await kz.client.call("GET", "/conversations/s-1@kz.example"), "/conversations/{conversation_id}", "get"),
        check(await kz.client.call("GET", "/conversations"), "/conversations", "get"),
        check(await by.client.call("GET", "/inbox"), "/inbox", "get"),
        check(await by.client.read({**item, "lease": "x"}), "/inbox/{item}", "get"),
    }
    await by.client.call("POST", f"/inbox/{other['item']}/renew", {"lease": other["lease"], "seconds": "0"})
    leased = await by.client.call("POST", "/inbox/lease")
    met.add(check(leased, "/inbox/lease"))
    assert leased.json["items"][0]["payloads"]
    assert met == COVERED


async def test_a_waiting_life_is_valid_too(kz: Service) -> None:
    """With the partner down, the reasons and times of a queued delivery fit the schema."""
    await kz.accepted(TRN, message_id="w-1@kz.example")
    for _ in range(2):
        reply = await kz.client.call("GET", "/messages/w-1@kz.example")
        assert check(reply, "/messages/{message_id}", "get") == "Lives"
        await kz.gateway.dispatcher._round()


async def test_every_status_that_can_come_is_in_the_document(kz: Service) -> None:
    """An item that is no number is 404 for every verb; a store that cannot be written is 503 for every write."""
    for verb in ("renew", "acknowledge"):
        reply = await kz.client.call("POST", f"/inbox/x/{verb}", {"lease": "a"})
        check(reply, f"/inbox/{{item}}/{verb}")
    writes = ["/inbox/lease", "/inbox/{item}/renew", "/inbox/{item}/acknowledge"]
    assert all("503" in PATHS[path]["post"]["responses"] for path in writes)
