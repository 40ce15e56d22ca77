"""`gateway inbox`: list, read and acknowledge what came."""

from pathlib import Path
from typing import Annotated, Any

import aiohttp
import typer

from gateway.cli.client import HERE_URL, Authority, NationalClient, Reply, Token, Url, refused, unreachable
from gateway.cli.output import Json, console, print_json, run, show

OK = 200
COLUMNS = ["item", "type", "version", "sender", "message_id", "arrived_at", "reads"]
SUFFIX = {"application/xml": ".xml"}


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="List and take what came for a national system.", no_args_is_help=True)
    group.command("list")(listing)
    group.command("take")(take)
    app.add_typer(group, name="inbox")


def listing(
    url: Url = HERE_URL,
    token: Token = "",
    ca: Authority = None,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Show what is in the inbox without taking it."""

    async def work() -> Reply:
        async with NationalClient(url, token, ca) as client:
            return await client.call("GET", "/inbox")

    reply = _called(url, work)
    show(reply.json["items"], COLUMNS, as_json=as_json)


def take(  # noqa: PLR0913, PLR0917 - where from, where to, how many
    folder: Annotated[Path, typer.Argument(help="where the documents are written")],
    limit: Annotated[int, typer.Option(help="how many at most")] = 100,
    wait: Annotated[int, typer.Option(help="seconds to wait for the first one")] = 0,
    url: Url = HERE_URL,
    token: Token = "",
    ca: Authority = None,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Write documents to a folder; each is acknowledged only after it is written."""
    folder.mkdir(parents=True, exist_ok=True)

    async def work() -> list[dict[str, Any]]:
        async with NationalClient(url, token, ca, timeout=wait + 60) as client:
            found = await client.call("POST", "/inbox/lease", {"limit": str(limit), "wait": str(wait)})
            if found.status != OK:
                refused(found)
            return [await _take(client, item, folder) for item in found.json["items"]]

    taken = _called(url, work)
    if as_json:
        print_json(taken)
    for item in [] if as_json else taken:
        console.print(f"{item['file']}  {item['type']} from {item['sender']}", highlight=False, soft_wrap=True)


async def _take(client: NationalClient, item: dict[str, Any], folder: Path) -> dict[str, Any]:
    reply = await client.read(item)
    if reply.status != OK:
        refused(reply)
    suffix = SUFFIX.get(reply.headers.get("Content-Type", "").partition(";")[0], ".mime")
    target = folder / f"{item['item']}-{item['type']}{suffix}"
    temporary = target.with_suffix(".part")
    temporary.write_bytes(reply.body)
    temporary.rename(target)
    for number, manifest in enumerate(await client.manifests(item), 1):
        if manifest.status != OK:
            refused(manifest)
        target.with_suffix(f".manifest-{number}.json").write_bytes(manifest.body)
    await client.acknowledge(item)
    return {**item, "file": str(target)}


def _called(url: str, work: Any) -> Any:  # noqa: ANN401 - any request's result
    try:
        found = run(work)
    except (aiohttp.ClientError, TimeoutError) as error:
        unreachable(url, error)
    if isinstance(found, Reply) and found.status != OK:
        refused(found)
    return found
