"""`[suite.<name>]` of gateway.toml: national algorithms, done by commands."""

import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from cryptography import x509
from pydantic import Field, StringConstraints

from gateway.config.faults import Faults
from gateway.config.strict import Strict
from gateway.config.units import Duration

Uri = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$")]
Words = Annotated[tuple[str, ...], Field(min_length=1)]


class SuiteSection(Strict):
    """A national crypto suite (docs/suites.md); commands are lists of words, run in this folder, with data on stdin."""

    method: Uri = Field(description="URI of the signature method")
    certificate: str = Field(description="PEM: our certificate for it, then its issuers")
    sign: Words = Field(description="writes the signature of stdin to stdout; exit code 0")
    verify: Words = Field(description="exit code 0: {signature} of stdin is by {certificate} (files); 1: it is not")
    timeout: Duration = Field(timedelta(seconds=5), description="longest run of a command")


def check(folder: Path, suites: Mapping[str, SuiteSection], faults: Faults) -> None:
    """Every suite's certificate can be read and every command's program is there."""
    path = folder / "gateway.toml"
    for name, suite in suites.items():
        try:
            chain(folder, suite)
        except (OSError, ValueError):
            faults.add(path, f"suite.{name}.certificate", f"{suite.certificate} is no PEM file with certificates")
        for work, words in (("sign", suite.sign), ("verify", suite.verify)):
            if shutil.which(words[0]) is None:
                faults.add(path, f"suite.{name}.{work}", f"there is no program {words[0]}")


def chain(folder: Path, suite: SuiteSection) -> tuple[x509.Certificate, ...]:
    """Our certificate for the suite, then its issuers; OSError or ValueError where there is none."""
    return tuple(x509.load_pem_x509_certificates((folder / suite.certificate).read_bytes()))
