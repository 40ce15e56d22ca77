"""The words everything else is said in: ids and small closed sets."""

import re
from enum import IntEnum, StrEnum
from typing import NewType

MessageId = NewType("MessageId", str)  # RFC 2822 msg-id without <> (AS4: eb:MessageId)
PartyId = NewType("PartyId", str)  # a system that speaks AS4, never a state
Member = NewType("Member", str)  # a state, party to an agreement (ISO 3166-1 alpha-2)
SystemId = NewType("SystemId", str)  # a national system behind this gateway
Micros = NewType("Micros", int)  # UTC microseconds since 1970

SECOND = 1_000_000
MESSAGE_ID = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,128}@[A-Za-z0-9.-]{1,120}")
LETTER = r"[^\s\x00-\x20\x7f-\x9f\ud800-\udfff\ufffe\uffff]"
TOKEN = re.compile(rf"{LETTER}(?:(?:{LETTER}| ){{0,250}}{LETTER})?")  # of a ConversationId


class Edge(StrEnum):
    """Where a message came in."""

    NATIONAL = "national"
    PARTNER = "partner"


class Environment(StrEnum):
    """Test traffic and production traffic never mix."""

    TEST = "test"
    PRODUCTION = "production"


class Priority(IntEnum):
    """Which message goes first when not all can go at once."""

    URGENT = 0
    HIGH = 1
    NORMAL = 2
    LOW = 3


class Direction(StrEnum):
    """Which way a message passes this gateway."""

    OUT = "out"
    IN = "in"


DIRECTION_OF = {Edge.NATIONAL: Direction.OUT, Edge.PARTNER: Direction.IN}
