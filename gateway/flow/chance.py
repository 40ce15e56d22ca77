"""Random bytes for keys, from the clock's port: where time, ids and chance come from."""

from gateway.core.wss.keywrap import Randomness
from gateway.flow.ports import Clock

NONCE = 16


def chance(clock: Clock) -> Randomness:
    """As many random bytes as are asked for."""
    return lambda size: b"".join(clock.nonce() for _ in range(-(-size // NONCE)))[:size]
