"""A partner whose content is at fault, and gateways that tell it by signals."""

from typing import Any

from tests.house import sample
from tests.msh.partner import message
from tests.town import Town

FAULTY = sample("invalid/TransitReleaseNotice--carrier-missing")
SIGNAL = '\n[pmode]\nbusiness_faults = "signal"\n'


def tell_by_signals(town: Town) -> None:
    """KZ and BY, not yet open, answer faulty contents by signals."""
    for house, other in zip(town.houses, ("BY.GTK", "KZ.KGD"), strict=True):
        house.unsigned(other)
        path = house.folder / "agreements" / "eurasec-customs.toml"
        path.write_text(path.read_text() + SIGNAL)


async def send_faulty(town: Town, document: bytes = FAULTY, **header: Any) -> bytes:
    """What KZ answers to BY's message."""
    sent = message(document, **header)
    reply = await town["KZ.KGD"].receive(town["BY.GTK"].house, sent.content_type, sent.body)
    return reply.body
