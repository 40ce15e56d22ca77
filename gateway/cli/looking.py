"""What operators do by commands is written down: which messages they are shown, before they are, and what they configure."""

import contextlib
from collections.abc import Iterable, Mapping

import uvloop

from gateway.boot import opened
from gateway.cli.operators import account
from gateway.cli.output import Folder
from gateway.config.faults import ConfigError
from gateway.config.load import load
from gateway.core.entry import entry
from gateway.flow.ports import Clock, EntryStore
from gateway.flow.trail import Look, Trail


async def looked(
    log: tuple[EntryStore, Clock], command: str, message_ids: Iterable[str], filters: Mapping[str, object] | None = None
) -> None:
    """The look is durable; of the filters that narrow it only the names are."""
    named = tuple(name for name, value in (filters or {}).items() if value)
    look = Look(f"operator:{account()}", f"gateway {command}", named)
    await Trail(*log).looked(look, filter(None, message_ids))


def configured(config: Folder, command: str, subject: str) -> None:
    """The log says who changed which part of the configuration; before there is a log, or a usable configuration, its next start says what changed."""

    async def work() -> None:
        settings = load(config)
        if settings.database.is_file():
            async with opened(settings) as (store, _, clock):
                facts = {"who": f"operator:{account()}", "what": f"gateway {command}", "subject": subject}
                await store.append(entry("configured", clock.now(), clock.nonce(), controls=["EA-4.4"], **facts))

    with contextlib.suppress(ConfigError):
        uvloop.run(work())
