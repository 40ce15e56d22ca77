"""The attack table, run for real: each attack on a copy of a gateway's files, each check on what the attacker left."""

from pathlib import Path

import pytest

from tests.asking import Asked
from tests.attacks.log_attacker import Attacker
from tests.attacks.log_checks import CHECKS, Case, Check
from tests.attacks.log_scene import Scene
from tests.attacks.log_table import ATTACKS, Attack, table
from tests.cli.command import gateway

DOCS = Path(__file__).parents[2] / "docs" / "evidence.md"


@pytest.mark.parametrize("attack", ATTACKS, ids=[each.deed for each in ATTACKS])
def test_attack_is_found_by_exactly_those_who_are_said_to_find_it(
    attack: Attack, scene: Scene, outsider: Asked, tmp_path: Path
) -> None:
    """In the words of the table; whoever is not named there finds nothing, so that the table promises no more than is true."""
    folder = scene.copy(tmp_path / "kz")
    attacker = Attacker(folder)
    attack.do(attacker, scene)
    attacker.close()
    case = Case(scene, folder, outsider)

    said = {check: look(case) for check, look in CHECKS.items()}

    assert {check for check, words in said.items() if words} == set(attack.found), said
    for check, words in attack.found.items():
        assert words in said[check], said[check]
    if "equivocation" in said[Check.WITNESS]:
        _proves(case, tmp_path)


def _proves(case: Case, where: Path) -> None:
    """What BY's witness kept convinces everybody who knows the log's key."""
    trust, dispute = where / "trust.toml", where / "dispute"
    trust.write_text(case.scene.trust())
    assert gateway("witness", "export", "--party", "KZ.KGD", "--out", dispute, "--config", case.by).code == 0
    ended = gateway("verify", dispute, "--trust", trust)
    assert ended.code == 0
    assert "KZ.KGD rewrote its log" in ended.out


def test_untouched_copy_passes_every_check(scene: Scene, outsider: Asked, tmp_path: Path) -> None:
    """The control: the same copy, with nothing done to it but the protections of its database taken away."""
    folder = scene.copy(tmp_path / "kz")
    Attacker(folder).close()
    case = Case(scene, folder, outsider)

    assert {check: look(case) for check, look in CHECKS.items()} == dict.fromkeys(CHECKS, "")


def test_every_attack_is_found_by_somebody_outside_or_by_the_log_itself() -> None:
    """Nobody is left without a finder; with the log's key it takes somebody else."""
    assert all(attack.found for attack in ATTACKS)


def test_documented_table_is_this_one() -> None:
    """docs/evidence.md says what the tests show."""
    assert table() in DOCS.read_text()
