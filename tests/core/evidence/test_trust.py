"""A trust file says whom it trusts, or what is wrong with it: everything, by key."""

import json
from dataclasses import replace

import pytest

from gateway.core.evidence.keys import Keys
from gateway.core.evidence.note import Malformed
from gateway.core.evidence.trust import Misread, Trust
from tests.core.evidence.filing import BY, KEYS, SIGNERS, pem
from tests.core.evidence.signing import LOG, OTHER, WITNESS

ONE = f'[[log]]\nparty = "KZ"\nkey = "{LOG.verifier}"\n'


def test_what_is_left_out_is_not_trusted() -> None:
    """No cosigners asked for; of certificates nobody said anything."""
    found = Trust.of(ONE)
    assert (found.logs[0].cosigners, found.logs[0].quorum, found.authorities, found.parties) == ((), 0, (), None)
    assert found.log(LOG.name) is found.logs[0]
    assert found.log("other/log") is None
    assert Trust.of("") == Trust()


def test_of_cosigners_one_must_have_signed_unless_it_says_how_many() -> None:
    """Naming one is asking for it; naming it twice is naming one."""
    cosigners = json.dumps([str(WITNESS.verifier), str(OTHER.verifier), str(OTHER.verifier)])
    assert Trust.of(f"{ONE}cosigners = {cosigners}").logs[0].quorum == 1
    assert Trust.of(f"{ONE}cosigners = {cosigners}\nquorum = 2").logs[0].quorum == 2
    assert Trust.of(f"{ONE}cosigners = {cosigners}\nquorum = 0").logs[0].quorum == 0
    with pytest.raises(Misread, match="quorum"):
        Trust.of(f"{ONE}cosigners = {cosigners}\nquorum = 3")


def test_certificates_of_one_party_add_up() -> None:
    """In as many tables as there are."""
    rows = "".join(f'[[party]]\nid = "{BY}"\ncertificates = ["{digit * 64}"]\n' for digit in "ab")
    assert Trust.of(rows).parties == {BY: frozenset({"a" * 64, "b" * 64})}


def test_several_files_say_what_all_of_them_say() -> None:
    """A log that two name has the cosigners of both; where they name different keys, nobody is believed."""
    cosigned = [f'{ONE}cosigners = ["{each}"]\n' for each in (WITNESS.verifier, OTHER.verifier)]
    named = f'[[party]]\nid = "{BY}"\ncertificates = ["{"a" * 64}"]\n'
    first, second = Trust.of(cosigned[0] + named), Trust.of(cosigned[1])
    for found in (first.joined(second), second.joined(first)):
        assert set(found.logs[0].cosigners) == {WITNESS.verifier, OTHER.verifier}
        assert (found.logs[0].quorum, found.parties) == (1, {BY: frozenset({"a" * 64})})
        assert (found.certificates(BY), found.certificates("RU")) == (frozenset({"a" * 64}), None)
    assert second.joined(second) == second
    other = Trust.of(f'[[log]]\nparty = "KZ"\nkey = "{replace(LOG, key=OTHER.key).verifier}"\n')
    with pytest.raises(Misread, match="different keys"):
        first.joined(other)


def test_a_log_that_stands_twice_has_one_key() -> None:
    """The first would count, and nobody would see the second."""
    other = str(replace(LOG, key=OTHER.key).verifier)
    with pytest.raises(Misread, match="different keys"):
        Trust.of(f"{ONE}{ONE.replace(str(LOG.verifier), other)}")
    cosigned = [f'{ONE}cosigners = ["{each}"]\n' for each in (WITNESS.verifier, OTHER.verifier)]
    assert set(Trust.of("".join(cosigned)).logs[0].cosigners) == {WITNESS.verifier, OTHER.verifier}


def test_authorities_are_certificates() -> None:
    """With their issuers behind them."""
    text = (pem(SIGNERS[BY]) * 2).decode()
    assert Trust.of(f"[[authority]]\ncertificate = '''{text}'''\n").authorities == (text,)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("log = 1", ["log: expected [[log]] tables"]),
        ("log = [1]", ["log: expected [[log]] tables"]),
        ("more = 1", ["more: no such key"]),
        (f"{ONE}more = 1", ["log[1].more: no such key"]),
        ("[[log]]", ["log[1].party: expected a name", "log[1].key: expected name+key id+base64, a key of type 1"]),
        (f'[[log]]\nparty = ""\nkey = "{WITNESS.verifier}"',
         ["log[1].party: expected a name", "log[1].key: expected name+key id+base64, a key of type 1"]),
        (f"{ONE}cosigners = 1", ["log[1].cosigners: expected a list of keys"]),
        (f'{ONE}cosigners = ["{LOG.verifier}"]', ["log[1].cosigners: expected name+key id+base64, a key of type 4"]),
        (f"{ONE}quorum = true", ["log[1].quorum: expected a number from 0 to that of the cosigners"]),
        (f"{ONE}quorum = -1", ["log[1].quorum: expected a number from 0 to that of the cosigners"]),
        ("[[authority]]\ncertificate = 1", ["authority[1].certificate: expected certificates in PEM, the authority's own first"]),
        ("[[authority]]\ncertificate = 'x'", ["authority[1].certificate: expected certificates in PEM, the authority's own first"]),
        ('[[party]]\nid = "a\\u0000"\ncertificates = ["x"]',
         ["party[1].id: expected a name", "party[1].certificates: expected SHA-256 of certificates, 64 hexadecimal digits each"]),
        ("[[party]]\nid = 'x'\ncertificates = 1",
         ["party[1].certificates: expected SHA-256 of certificates, 64 hexadecimal digits each"]),
    ],
)  # fmt: skip
def test_every_fault_is_told_by_its_key(text: str, faults: list[str]) -> None:
    """All of them at once."""
    with pytest.raises(Misread) as raised:
        Trust.of(text)
    assert raised.value.faults == faults


@pytest.mark.parametrize("text", ["log = ", "a = " + "[" * 100_000])
def test_what_is_no_toml_is_told(text: str) -> None:
    """However it is none."""
    with pytest.raises(Misread):
        Trust.of(text)


def test_keys_are_read_as_they_are_written() -> None:
    """In one order."""
    assert Keys.of(KEYS.content()) == KEYS
    for content in (b"", KEYS.content() + b"\n", KEYS.content()[:-1], KEYS.content() + b"authority x\n"):
        with pytest.raises(Malformed):
            Keys.of(content)
