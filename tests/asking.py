"""A conversation with another program: a line of JSON for each question and each answer, octets as base64."""

import base64
import json
import subprocess
from collections.abc import Sequence
from typing import Any


class Asked:
    """A running program, asked by name."""

    def __init__(self, command: Sequence[str]) -> None:
        """It runs until it is closed."""
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, do: str, **said: Any) -> dict[str, Any]:
        """Its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **_coded(said)}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """It has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


def octets(text: str) -> bytes:
    """What came as base64."""
    return base64.b64decode(text)


def _coded(said: Any) -> Any:
    match said:
        case bytes():
            return base64.b64encode(said).decode()
        case dict():
            return {name: _coded(one) for name, one in said.items()}
        case list() | tuple():
            return [_coded(one) for one in said]
        case _:
            return said
