"""Which parts of a message are encrypted: none, all, or far too many."""

import re
import time

import pytest

from gateway.core.errors import ErrorCode, Rejected
from gateway.core.wss.decrypt import MAX_PARTS, open_keys, require_encrypted
from tests.core.wss.recipients import header, recipient
from tests.core.wss.test_decrypt import opens, other, sent


def test_a_message_that_is_not_encrypted_has_no_keys() -> None:
    """Nothing is asked of anybody."""
    assert open_keys(header(b""), [recipient("rsa")], other) == {}


@pytest.mark.parametrize("cids", [{"one"}, {"one", "two", "three"}, {"one", "three"}, set()])
def test_all_parts_are_encrypted_and_nothing_else(cids: set[str]) -> None:
    """A plain part beside encrypted ones, or a key of a part that is not there: EBMS:0103."""
    with pytest.raises(Rejected) as refusal:
        require_encrypted(["one", "two"], cids)
    assert refusal.value.first is ErrorCode.EBMS_0103
    require_encrypted(["one", "two"], ["two", "one"])


def test_no_part_is_looked_for_again_and_again() -> None:
    """Ten thousand references beside a hundred parts are read once: seconds otherwise, whoever sent them."""
    parts = [(f"{number}@kz", "a/b") for number in range(MAX_PARTS)]
    extra = re.sub(r"(<xenc:EncryptionMethod [^>]*/>)<ds:KeyInfo>.*?</ds:KeyInfo>", r"\1", sent(parts=parts))
    many = extra.replace("<xenc:ReferenceList>", "<xenc:ReferenceList>" + '<xenc:DataReference URI="#x"/>' * 10_000)
    began = time.process_time()
    assert opens(many)
    assert time.process_time() - began < 0.5
