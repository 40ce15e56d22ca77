"""The gateways of the core's laws."""

from tests.core.conftest import folders, kz

__all__ = ["folders", "kz"]
