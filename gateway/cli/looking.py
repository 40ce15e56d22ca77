"""Commands that show messages write down, before they print, who looked at which."""

import getpass
from collections.abc import Iterable, Mapping

from gateway.flow.ports import Clock, EntryStore
from gateway.flow.trail import Look, Trail


async def looked(
    log: tuple[EntryStore, Clock], command: str, message_ids: Iterable[str], filters: Mapping[str, object] | None = None
) -> None:
    """The look is durable; of the filters that narrow it only the names are."""
    named = tuple(name for name, value in (filters or {}).items() if value)
    look = Look(f"operator:{getpass.getuser()}", f"gateway {command}", named)
    await Trail(*log).looked(look, filter(None, message_ids))
