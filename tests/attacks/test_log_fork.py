"""A log with two histories: each partner alone is convinced of the one it was shown; both together are proof of fraud."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.core.evidence.checkpoint import opened
from gateway.core.evidence.dispute import Dispute
from tests.api.edge import entries, rows
from tests.asking import Asked
from tests.attacks.log_attacker import Attacker
from tests.attacks.log_checks import Case, outsider_of, published, witness
from tests.attacks.log_deeds import Deed, forked_to, rewritten, rolled_back
from tests.attacks.log_scene import SECONDS, UNSETTLED, Scene
from tests.cli.command import gateway
from tests.house import eventually


def _forked(attacker: Attacker, scene: Scene) -> None:
    forked_to(attacker, scene, opened(scene.earlier, scene.key)[0].size)


@pytest.fixture
def other(scene: Scene, outsider: Asked, tmp_path: Path) -> Case:
    """KZ's files with the history that the other partner is shown: another one, of the size that BY has cosigned."""
    folder = scene.copy(tmp_path / "other")
    attacker = Attacker(folder)
    _forked(attacker, scene)
    attacker.close()
    return Case(scene, folder, outsider)


def test_partner_that_saw_nothing_else_is_convinced(other: Case, tmp_path: Path) -> None:
    """It cosigns, and an outsider's program that knows no other checkpoint finds nothing wrong: nobody alone could know."""
    fresh = other.scene.forgetting(tmp_path / "fresh")

    assert witness(Case(fresh, other.folder, other.outsider)) == ""
    assert outsider_of(other) == ""


def test_two_notes_prove_the_fraud(other: Case, tmp_path: Path) -> None:
    """By one key, of one size: a file of both convinces everybody who knows the key, also without this gateway."""
    asyncio.run(published(other.folder, other.folder / "published"))
    notes = [other.scene.earlier, (other.folder / "published" / "checkpoint").read_bytes()]
    first, second = (opened(note, other.scene.key)[0] for note in notes)
    trust, dispute, nothing = (tmp_path / name for name in ("trust.toml", "dispute", "nothing"))
    trust.write_text(other.scene.trust())
    dispute.write_bytes(Dispute(*notes).bytes())
    nothing.write_bytes(Dispute(notes[0], notes[0]).bytes())

    proven = gateway("verify", dispute, "--trust", trust)

    assert first.size == second.size
    assert first.root != second.root
    assert proven.code == 0
    assert "KZ.KGD rewrote its log" in proven.out
    assert gateway("verify", nothing, "--trust", trust).code == 1  # the control: one history is no fraud
    for note in notes:
        assert other.outsider.ask("open", keys=[str(other.scene.key)], note=note)["fault"] == ""


# what is done ► which tables BY forgets ► in whose log it stands ► as what
FINDERS: dict[str, tuple[Deed, str, str, str]] = {
    "an older copy of everything": (rolled_back, "peer_seen", "KZ.KGD", "rolled-back"),
    "a history rewritten with the log's key": (rewritten, "peer_seen", "BY.GTK", "equivocation"),
    # What BY's witness cosigned is forgotten; what came with KZ's messages is not.
    "another history, for a witness that was made to forget": (_forked, "peer_heads", "BY.GTK", "equivocation"),
}


@pytest.mark.parametrize("name", FINDERS)
async def test_gateways_that_go_on_find_it_by_themselves(name: str, scene: Scene, tmp_path: Path) -> None:
    """Both are started again, connected as ever; nobody asks for anything, and it is a log entry within seconds."""
    do, forgotten, who, kind = FINDERS[name]
    attacker = Attacker(scene.copy(tmp_path / "kz"))
    do(attacker, scene)
    attacker.close()
    kz, by = replace(scene.kz, folder=tmp_path / "kz"), scene.forgetting(tmp_path / "by", forgotten).by

    async with kz.running(), by.running():
        await eventually(lambda: entries(kz if who == "KZ.KGD" else by, kind), SECONDS)


async def test_gateways_that_go_on_untouched_find_nothing(scene: Scene, tmp_path: Path) -> None:
    """The control: what is new is cosigned, and nothing else is in either log."""
    Attacker(scene.copy(tmp_path / "kz")).close()
    kz, by = replace(scene.kz, folder=tmp_path / "kz"), scene.forgetting(tmp_path / "by", "peer_seen").by

    async with kz.running(), by.running():
        await eventually(lambda: not rows(kz, UNSETTLED) and len(entries(kz, "started")) == 2, SECONDS)

    assert [entries(kz, "rolled-back"), entries(by, "equivocation"), entries(by, "inconsistent")] == [[], [], []]
