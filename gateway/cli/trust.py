"""`gateway evidence trust`: whom a verifier may trust, as this gateway knows them, to be handed over apart from any bundle."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.cli.appearing import appearing
from gateway.cli.output import HERE, Folder, console, run
from gateway.config.load import Settings, load
from gateway.core.agreement import Party, Register

HEAD = """\
# Whom `gateway verify` trusts. Compare every key and fingerprint with what its owner tells you over another channel.
"""


def write(
    out: Annotated[Path, typer.Option(help="the file that is written")] = Path("trust.toml"),
    config: Folder = HERE,
) -> None:
    """Write the logs' and witnesses' keys, the time-stamp authority and the parties' certificates for `gateway verify`."""

    async def work() -> Settings:
        return load(config)

    settings = run(work)
    with appearing(out) as file:
        file.write(text(settings).encode())
    console.print(f"{out}: hand it over another way than the evidence itself", highlight=False, soft_wrap=True)


def text(settings: Settings) -> str:
    """The file."""
    register = settings.register
    return "\n".join([HEAD, *_logs(register), *_authority(settings), *_parties(register)])


def _logs(register: Register) -> Iterator[str]:
    """Each log with all witnesses but its own: one of them is enough where there is any."""
    keys = {register.own.id: register.notary.signer.verifier}
    witnesses = {register.own.id: register.notary.witness.verifier}
    for party in _others(register):
        if party.log is not None:
            keys[party.id], witnesses[party.id] = party.log.key, party.log.witness
    for name, key in keys.items():
        cosigners = [str(witness) for other, witness in witnesses.items() if other != name]
        yield (
            f"[[log]]\nparty = {_text(name)}\nkey = {_text(str(key))}\n"
            f"cosigners = {json.dumps(cosigners)}\nquorum = {min(1, len(cosigners))}\n"
        )


def _authority(settings: Settings) -> Iterator[str]:
    for certificate in settings.authority.certificates if settings.authority else ():
        yield f'[[authority]]\ncertificate = """\n{certificate.public_bytes(Encoding.PEM).decode()}"""\n'


def _parties(register: Register) -> Iterator[str]:
    """The certificates that messages are signed by; a party that is believed by its issuers has none to name here."""
    own = [signer.chain[0].fingerprint(SHA256()).hex() for signer in (*register.signers, *register.suites.values())]
    own += [each.hex() for each in register.own.messages.pinned]
    rows = {
        register.own.id: own,
        **{each.id: [print_.hex() for print_ in each.messages.pinned] for each in _others(register)},
    }
    for name, prints in rows.items():
        if prints:
            yield f"[[party]]\nid = {_text(name)}\ncertificates = {json.dumps([*dict.fromkeys(prints)])}\n"


def _others(register: Register) -> list[Party]:
    return [party for party in register.parties.values() if party.id != register.own.id]


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
