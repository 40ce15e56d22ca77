"""`gateway redaction`: prove and check what was removed from a message; offline, with nothing but files."""

import json
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from gateway.cli.output import FOUND, USAGE, Json, console, fail, print_json
from gateway.core import manifest, proof
from gateway.core.commit import MisfitError, NotCanonicalError

Original = Annotated[Path, typer.Option(help="the document as it was posted")]
Answer = Annotated[Path, typer.Option(help="the 202 answer to it, as JSON (gateway send --json)")]
Recipient = Annotated[str, typer.Option("--to", help="PartyId of the recipient; may be left out where there is one")]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Prove and check what was removed from a message, offline.", no_args_is_help=True)
    group.command("prove")(prove)
    group.command("verify")(verify)
    app.add_typer(group, name="redaction")


def prove(
    unit: Annotated[int, typer.Argument(help="which removed part: its number in the answer's list, from 1")],
    original: Original,
    answer: Answer,
    to: Recipient = "",
    out: Annotated[Path, typer.Option(help="where the proof is written")] = Path("proof.json"),
) -> None:
    """Write a proof of what stood at one removed part; it opens this part and no other."""
    try:
        made = proof.prove(_bytes(original), proof.message_of(_json(answer), to), unit)
    except (MisfitError, NotCanonicalError) as error:
        _misfit(error)
    out.write_bytes(made)
    row = json.loads(made)
    console.print(
        f"{out}: opens {row['place']} (rule {row['rule']})", highlight=False, soft_wrap=True, markup=False, emoji=False
    )


def verify(  # noqa: PLR0913, PLR0917 - one file for each thing that may be checked
    manifests: Annotated[
        list[Path] | None,
        typer.Option("--manifest", help="list of what was removed; several in the order of the message"),
    ] = None,
    log_entry: Annotated[Path | None, typer.Option(help="log entry as JSON (gateway log show --json), instead")] = None,
    opened: Annotated[Path | None, typer.Option("--proof", help="file that `redaction prove` wrote")] = None,
    document: Annotated[Path | None, typer.Option(help="the document as it was delivered")] = None,
    original: Annotated[Path | None, typer.Option(help="the document as it was posted; needs --answer")] = None,
    answer: Annotated[Path | None, typer.Option(help="the 202 answer to the original, as JSON")] = None,
    to: Recipient = "",
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Check a proof against a manifest or log entry; a document against its manifest; an original against both."""
    finding, shown = proof.Finding(), ""
    lists = [_bytes(path) for path in manifests or []]
    try:
        if opened is not None:
            listing = _entry(log_entry) if log_entry is not None else _first(lists)
            finding, shown = proof.verify(_json(opened), listing)
        elif original is not None and answer is not None and document is not None:
            finding = proof.verify_original(_bytes(original), _json(answer), to, _bytes(document), lists)
        elif document is not None and lists:
            finding = proof.verify_delivered(_bytes(document), manifest.read(lists[-1]))
        else:
            fail(USAGE, "expected --proof with --manifest or --log-entry, or --document with --manifest,", _WHOLE)
    except (MisfitError, NotCanonicalError) as error:
        _misfit(error)
    _show(finding, shown, as_json=as_json)


_WHOLE = "or --original with --answer, --document and the --manifest of each gateway that removed something"


def _show(finding: proof.Finding, content: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"checked": finding.checked, "faults": finding.faults, "content": content})
    else:
        for line in finding.checked:
            console.print(f"holds: {line}", highlight=False, soft_wrap=True, markup=False, emoji=False)
        for line in finding.faults:
            console.print(
                f"DOES NOT HOLD: {line}", style="red", highlight=False, soft_wrap=True, markup=False, emoji=False
            )
        if content and not finding.faults:
            console.print(f"what stood there: {content}", highlight=False, soft_wrap=True, markup=False, emoji=False)
    if finding.faults:
        raise typer.Exit(FOUND)


def _first(lists: list[bytes]) -> dict[str, Any]:
    """The manifests as one listing: a commitment stands in one of them."""
    rows = [row for each in lists for row in manifest.read(each).content["removed"]]
    return {"removed": rows}


def _entry(path: Path) -> dict[str, Any]:
    """A log entry, alone or as the list that `log show --json` prints: the one that lists removed parts."""
    try:
        found = json.loads(_bytes(path))
    except ValueError:
        fail(USAGE, f"{path}: expected JSON")
    rows = found if isinstance(found, list) else [found]
    return next((row for row in rows if isinstance(row, dict) and row.get("redaction")), {})


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(_bytes(path))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        fail(USAGE, f"{path}: expected a JSON object")
    return found


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        fail(USAGE, f"{path}: {error.strerror}")


def _misfit(error: Exception) -> NoReturn:
    fail(USAGE, f"expected {error}" if str(error) else "a document that Canonical XML does not define")
