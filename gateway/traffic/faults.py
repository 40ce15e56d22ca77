"""What senders get wrong: a table of changes to a valid document, each with the faults that must come of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.traffic.dice import Dice
from gateway.traffic.namespaces import NAMESPACES
from gateway.traffic.node import Node, el

Expected = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Spoiled:
    """How a document that was changed is written, stated and refused."""

    faults: Expected
    damage: Callable[[str], bytes] = str.encode
    namespaces: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, str] = field(default_factory=dict)


# Element, a value that it may not have, the fault.
VALUES: tuple[tuple[str, str, str], ...] = (
    ("csdo:InfEnvelopeCode", "MSG.010", "GW:5004"),
    ("csdo:EDocCode", "R-006", "GW:5004"),
    ("csdo:EDocId", "7b0c2f54-3a91-4d0e", "GW:5004"),
    ("csdo:EDocDateTime", "11.03.2026 09:42", "GW:5003"),
    ("csdo:LanguageCode", "RUS", "GW:5004"),
    ("csdo:EventDateTime", "2026-02-30T10:00:00Z", "GW:5003"),
    ("csdo:ProcessingResultCode", "9", "GW:5006"),
    ("csdo:SignalCode", "P.MSG.OK", "GW:5006"),
    ("csdo:CustomsOfficeName", "Бекет " * 60, "GW:5005"),
    ("csdo:SubjectName", "Серіктестігі " * 30, "GW:5005"),
    ("casdo:ContainerIndicator", "нет", "GW:5003"),
    ("casdo:TransitCompletionCode", "OK", "GW:5006"),
    ("casdo:RequestPurposeCode", "XX", "GW:5006"),
    ("casdo:VerificationQuestionCode", "??", "GW:5006"),
    ("casdo:VerificationResultCode", "OK", "GW:5006"),
    ("casdo:TIRId", "1234567", "GW:5004"),
    ("casdo:GoodsDescriptionText", "Тауар " * 60, "GW:5005"),
    ("casdo:PackageQuantity", "-4", "GW:5007"),
)
# Document type (a prefix; empty: any), element, how its value becomes wrong, the rule's code.
RULES: tuple[tuple[str, str, Callable[[str], str], str], ...] = (
    ("", "csdo:UnifiedNetMassMeasure", lambda _: "999999999", "GW:5208"),
    ("", "casdo:SealQuantity", lambda text: str(int(text) + 1), "GW:5210"),
    ("", "csdo:UnifiedCountryCode", lambda _: "QX", "GW:5213"),
    ("", "casdo:ContainerId", lambda text: text[:-1] + str((int(text[-1]) + 1) % 10), "GW:5214"),
    ("", "csdo:VehicleId", lambda text: text[:-1] + "O", "GW:5214"),
    ("", "casdo:ReplyLimitDate", lambda _: "2020-01-01", "GW:5207"),
    ("trn", "casdo:TotalGrossMassMeasure", lambda text: f"{int(text.partition('.')[0]) + 1}", "GW:5209"),
    ("trn", "casdo:TransitLimitDate", lambda _: "2020-01-01", "GW:5206"),
    ("gdi", "casdo:GoodsQuantity", lambda text: str(int(text) + 1), "GW:5210"),
    ("tac", "casdo:CustomsProcedureTerminationDateTime", lambda _: "2020-01-01T00:00:00Z", "GW:5206"),
)
MARKED = ("csdo:CustomsOfficeName", "csdo:SubjectName", "csdo:AuthorityName", "csdo:EDocErrorText")
MARK = " (для служебного  пользования)"
CUT = 20  # characters


def spoil(root: Node, dice: Dice) -> Spoiled:
    """The document changed by one row of the table, and what must be said about it."""
    while True:
        spoiled = dice.weighted(TABLE)(root, dice)
        if spoiled is not None:
            return spoiled


def _values(root: Node, dice: Dice) -> Spoiled | None:
    """One to three wrong values, each told with its path."""
    found: Expected = []
    for name, value, code in dice.some(VALUES, dice.between(4, 12)):
        places = [node for node in root.walk() if node.name == name]
        if places and len(found) < 3:  # noqa: PLR2004 - enough for one document
            node = dice.pick(places)
            node.text = value
            found.append({"code": code, "path": root.path_to(node)})
    return Spoiled(found) if found else None


def _rules(root: Node, dice: Dice) -> Spoiled | None:
    """A value that the schema allows and a rule of the agreement does not."""
    prefix, nodes = root.name.partition(":")[0].removesuffix("11"), list(root.walk())
    for kind, name, wrong, code in dice.some(RULES, len(RULES)):
        places = [node for node in nodes if node.name == name] if kind in ("", prefix) else []
        if places:
            node = dice.pick(places)
            node.text = wrong(node.text)
            return Spoiled([{"code": code, "path": root.path_to(node)}])
    return None


def _missing(root: Node, dice: Dice) -> Spoiled:
    """A mandatory element of the header is not there: told at the header."""
    header = root.children[0]
    gone = dice.pick(("csdo:EDocCode", "csdo:EDocId", "csdo:EDocDateTime"))
    header.children = [child for child in header.children if child.name != gone]
    return Spoiled([{"code": "GW:5002", "path": root.path_to(header)}])


def _twice(root: Node, _dice: Dice) -> Spoiled:
    """An element stands twice where it may stand once: the second one is told."""
    header = root.children[0]
    header.children.append(header.children[-1].copy())
    return Spoiled([{"code": "GW:5001", "path": root.path_to(header.children[-1])}])


def _unknown(root: Node, dice: Dice) -> Spoiled:
    """An element that nobody agreed on: its name is not repeated."""
    header = root.children[0]
    header.children.append(el("csdo:InternalStatusCode", dice.digits(2)))
    return Spoiled([{"code": "GW:5001", "path": f"{root.path_to(header)}/*[{len(header.children)}]"}])


def _list_missing(root: Node, dice: Dice) -> Spoiled | None:
    """A code without the list that it is from."""
    places = [node for node in root.walk() if node.name == "csdo:UnifiedCountryCode"]
    if not places:
        return None
    node = dice.pick(places)
    del node.attributes["codeListId"]
    return Spoiled([{"code": "GW:5008", "path": f"{root.path_to(node)}/@codeListId"}])


def _attribute(root: Node, _dice: Dice) -> Spoiled:
    """An attribute that nobody agreed on."""
    header = root.children[0]
    header.attributes["status"] = "new"
    return Spoiled([{"code": "GW:5009", "path": f"{root.path_to(header)}/@*"}])


def _text(root: Node, _dice: Dice) -> Spoiled:
    """Text where only elements may stand."""
    header = root.children[0]
    header.text = "см. приложение"
    return Spoiled([{"code": "GW:5010", "path": root.path_to(header)}])


def _mark(root: Node, dice: Dice) -> Spoiled | None:
    """A mark of confidentiality: stopped, never stripped."""
    places = [node for node in root.walk() if node.name in MARKED]
    if not places:
        return None
    node = dice.pick(places)
    node.text += MARK
    return Spoiled([{"code": "GW:3001"}])


def _version(root: Node, _dice: Dice) -> Spoiled:
    """The root of a version that is not agreed."""
    prefix = root.name.partition(":")[0]
    return Spoiled([{"code": "GW:4001"}], namespaces={prefix: NAMESPACES[prefix].rpartition(":")[0] + ":v9.9.9"})


def _purpose(_root: Node, _dice: Dice) -> Spoiled:
    """A purpose for which nothing was agreed."""
    return Spoiled([{"code": "GW:4004"}], metadata={"purpose": "statistics"})


def _cut(_root: Node, _dice: Dice) -> Spoiled:
    """The end did not come through."""
    return Spoiled([{"code": "GW:1001"}], damage=lambda text: text[:-CUT].encode())


def _doctype(root: Node, _dice: Dice) -> Spoiled:
    """A document type declaration."""
    prefix, _, local = root.name.partition(":")

    def damage(text: str) -> bytes:
        head, end, rest = text.partition("?>\n")
        start, body = (head + end, rest) if end else ("", text)
        return f"{start}<!DOCTYPE {prefix}:{local}>\n{body}".encode()

    return Spoiled([{"code": "GW:1002"}], damage=damage)


def _encoding(_root: Node, _dice: Dice) -> Spoiled:
    """Another encoding than UTF-8."""

    def damage(text: str) -> bytes:
        body = text.removeprefix('<?xml version="1.0" encoding="UTF-8"?>\n')
        return f'<?xml version="1.0" encoding="windows-1251"?>\n{body}'.encode("cp1251", "xmlcharrefreplace")

    return Spoiled([{"code": "GW:1003"}], damage=damage)


# How often, which change.
TABLE: tuple[tuple[int, Callable[[Node, Dice], Spoiled | None]], ...] = (
    (30, _values),
    (20, _rules),
    (8, _missing),
    (5, _twice),
    (6, _unknown),
    (6, _list_missing),
    (3, _attribute),
    (3, _text),
    (4, _mark),
    (5, _version),
    (3, _purpose),
    (3, _cut),
    (2, _doctype),
    (3, _encoding),
)
