"""`gateway send`: post one message."""

import io
from pathlib import Path
from typing import Annotated

import aiohttp
import typer

from gateway.cli.client import HERE_URL, Authority, NationalClient, Reply, Token, Told, Url, refused, unreachable
from gateway.cli.output import USAGE, Json, console, fail, print_json, run

OK = (200, 202)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("send")(command)


def command(  # noqa: PLR0913, PLR0917 - the metadata a submission can state
    file: Annotated[Path, typer.Argument(help="the XML document")],
    to: Annotated[list[str] | None, typer.Option(help="recipient's PartyId; repeat for several")] = None,
    purpose: Annotated[str, typer.Option(help="purpose of use")] = "",
    message_id: Annotated[str, typer.Option(help="MessageId; makes the request idempotent")] = "",
    ref: Annotated[str, typer.Option(help="MessageId of the message this one answers")] = "",
    conversation: Annotated[str, typer.Option(help="ConversationId")] = "",
    deadline: Annotated[str, typer.Option(help="xs:dateTime with zone")] = "",
    attach: Annotated[list[Path] | None, typer.Option(help="attachment; repeat for several")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would happen")] = False,  # noqa: FBT002
    url: Url = HERE_URL,
    token: Token = "",
    ca: Authority = None,
    language: Told = None,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Post one message to the gateway and print its answer."""
    stated = {
        "to": ",".join(to or []),
        "purpose": purpose,
        "message_id": message_id,
        "ref_to_message_id": ref,
        "conversation_id": conversation,
        "deadline": deadline,
    }
    query = {name: value for name, value in stated.items() if value} | ({"dry-run": "1"} if dry_run else {})

    async def work() -> Reply:
        async with NationalClient(url, token, ca, language=language) as client:
            if not attach:
                return await client.post(file.read_bytes(), query)
            return await client.call("POST", "/messages", query, _form(file, attach))

    try:
        reply = run(work)
    except OSError as error:
        if isinstance(error, aiohttp.ClientError | TimeoutError):
            unreachable(url, error)
        fail(USAGE, str(error))
    if reply.status not in OK:
        refused(reply)
    if as_json:
        print_json(reply.json)
    else:
        _print(reply.json)


def _form(file: Path, attachments: list[Path]) -> aiohttp.FormData:
    form = aiohttp.FormData()
    form.add_field("message", io.BytesIO(file.read_bytes()), filename=file.name, content_type="application/xml")
    for path in attachments:
        kind = {".pdf": "application/pdf", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}.get(path.suffix.lower())
        form.add_field(
            "attachment",
            io.BytesIO(path.read_bytes()),
            filename=path.name,
            content_type=kind or "application/octet-stream",
        )
    return form


def _print(body: dict[str, object]) -> None:
    messages = body.get("messages")
    for message in messages if isinstance(messages, list) else []:
        console.print(
            f"to {message['recipient']}: {message.get('message_id', 'dry run, nothing stored')}", highlight=False
        )
        for removed in message["removed"]:
            console.print(f"  stripped by {removed['rule']}: {removed['path']} ({removed['count']})", highlight=False)
