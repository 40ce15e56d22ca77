"""What every section of every file has: strict keys, and names of one form."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Strict(BaseModel):
    """An unknown key is a mistake, not something to ignore."""

    model_config = ConfigDict(extra="forbid", frozen=True)
