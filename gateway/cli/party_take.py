"""Takes a partner's file into a configuration, whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.cli.output import CONFIG, USAGE, Folder, fail
from gateway.cli.setup import add_party, party_files
from gateway.config.faults import ConfigError, Faults
from gateway.config.load import Settings, load, party
from gateway.config.models import PartyFile
from gateway.config.parsing import parse
from gateway.core.agreement import Party


def usable(config: Folder) -> Settings:
    """The configuration, or the command ends with every fault of it."""
    try:
        return load(config)
    except ConfigError as error:
        fail(CONFIG, *map(str, error.faults))


def take(config: Folder, file: Path) -> Party:
    """The party is in the configuration, which can be used with it; else the configuration is as it was before."""
    faults = Faults()
    found = parse(file, PartyFile, faults)
    partner = party(file, found, faults) if found is not None else None
    if faults.found or partner is None:
        fail(CONFIG, *map(str, faults.found))
    own = usable(config).register.own.id
    if partner.id == own or file.stem != partner.id:
        fail(USAGE, f"{file}: expected the file {partner.id}.toml of another party than this gateway itself")
    try:
        with _restored(config / "parties", party_files(file)):
            add_party(config, file)
            return load(config).register.parties[partner.id]
    except ConfigError as error:
        fail(
            CONFIG, f"{partner.id} is not taken: the configuration could not be used with it:", *map(str, error.faults)
        )


@contextmanager
def _restored(folder: Path, files: list[Path]) -> Iterator[None]:
    """Where the work inside fails, the folder's files of these names are what they were."""
    targets = [folder / path.name for path in files]
    before = {path: path.read_bytes() if path.exists() else None for path in targets}
    try:
        yield
    except ConfigError:
        for path, content in before.items():
            if content is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(content)
        raise
