"""`gateway party export`: what a partner needs to connect to us, in the form of its product."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.output import CONFIG, HERE, Folder, Json, console, fail, new_folder, print_json
from gateway.cli.ping import PartyName, known, unfit
from gateway.cli.setup import party_files
from gateway.config.load import Settings
from gateway.core.agreement import Party
from gateway.core.errors import Rejected
from gateway.onboarding import chains
from gateway.onboarding.package import package
from gateway.onboarding.pairing import pairing
from gateway.onboarding.sheet import Keys

KNOWN_HERE_ONLY = (
    "messages with {0} bear environment, purpose and deadline, which its product does not send by itself: "
    "its application adds them, or [pmode] of its party file says gateway_properties = false"
)


LOG_HERE_ONLY = (
    "messages with {0} bear the checkpoint of our log and their number, which its product may refuse: "
    "[log] of its party file is for gateways of this kind"
)


class Product(StrEnum):
    """What the partner runs."""

    DOMIBUS = "domibus"
    PHASE4 = "phase4"
    HOLODECK = "holodeck"
    GATEWAY = "gateway"


def export(
    party_id: PartyName,
    out: Annotated[Path, typer.Option(help="a new folder for the files")],
    product: Annotated[Product, typer.Option("--for", help="what the partner runs")] = Product.GATEWAY,
    config: Folder = HERE,
    as_json: Json = False,  # noqa: FBT002 - a command-line switch
) -> None:
    """Write what a partner has to set to connect to us: P-Modes, our certificates, a sheet. Never a private key."""
    settings, partner = known(config, party_id)
    keys = own_keys(settings, partner)
    if keys.unfit:
        fail(CONFIG, f"{party_id}: {keys.unfit}")
    files = package(pairing(settings.register, partner), product.value, keys)
    if product is Product.GATEWAY:
        own = settings.folder / "parties" / f"{settings.register.own.id}.toml"
        files |= {path.name: path.read_bytes() for path in party_files(own) if path.suffix == ".toml"}
        files |= {path.name: _certificates(path) for path in party_files(own) if path.suffix == ".pem"}
    new_folder(out)
    for name, content in files.items():
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_bytes(content)
    remarks = [remark.format(partner.id) for remark in _unknown(product, partner)]
    if as_json:
        print_json({"folder": str(out), "files": sorted(files), "remarks": remarks})
    else:
        console.print(f"{out}: {', '.join(sorted(files))}", highlight=False, markup=False, soft_wrap=True)
        for remark in remarks:
            console.print(f"look: {remark}", highlight=False, markup=False, soft_wrap=True)


def _unknown(product: Product, partner: Party) -> Iterator[str]:
    """What our messages bear that the partner's product knows nothing of."""
    if product is Product.GATEWAY:
        return
    if any(pmode.gateway_properties for pmode in (partner.pmode(), *partner.pmodes.values())):
        yield KNOWN_HERE_ONLY
    if partner.log is not None:
        yield LOG_HERE_ONLY


def own_keys(settings: Settings, partner: Party) -> Keys:
    """Our certificates as the partner sees them; where nothing is signed, that of TLS stands for messages, too."""
    edge, register, pmode = settings.file.msh, settings.register, partner.pmode()
    tls = chains.certificates(settings.path(edge.certificate).read_bytes())
    if not pmode.sign or pmode.suite:
        return Keys(tls, tls, f"TLS {edge.minimum_tls}")
    try:
        signer = register.signer_of(pmode)
    except Rejected as refusal:
        return Keys(tls, tls, f"TLS {edge.minimum_tls}", unfit=unfit(refusal))
    return Keys(tls, signer.chain, f"TLS {edge.minimum_tls}", signer.method)


def _certificates(path: Path) -> bytes:
    """The file's certificates and nothing else that it may hold."""
    return chains.pem(chains.certificates(path.read_bytes()))
