"""Adds to the settings what no file can hold: crypto suites that work, and what was last said about revocation."""

from dataclasses import replace

from gateway.config import suites
from gateway.config.load import Settings
from gateway.flow.revocation import Revocations
from gateway.suites.command import CommandSuite


def equipped(settings: Settings) -> Settings:
    """The settings with their national crypto suites ready to work."""
    made = {
        name: CommandSuite(
            name,
            section.method,
            suites.chain(settings.folder, section),
            {"sign": section.sign, "verify": section.verify},
            settings.folder.resolve(),
            section.timeout.total_seconds(),
        )
        for name, section in settings.file.suite.items()
    }
    return replace(settings, register=replace(settings.register, suites=made))


def informed(settings: Settings, revocations: Revocations) -> Settings:
    """The settings with what is known about each party's certificates."""
    return replace(settings, register=revocations.known(settings.register))
