"""What senders leave in although it is restricted: blocks put into a valid document, and which rules take them out."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gateway.traffic import numbers, words
from gateway.traffic.dice import Dice
from gateway.traffic.documents import blocks
from gateway.traffic.documents.scene import Scene
from gateway.traffic.node import Node, el

CANARY = 6  # letters at least: what is shorter may stand elsewhere by chance
MOST = 4  # rows in one document
TRN, TAC, DVQ, DVR, PRS = "trn", "tac", "dvq", "dvr", "prs"
SUBJECTS = ("cacdo:DeclarantDetails", "cacdo:CarrierDetails", "cacdo:ConsignorDetails", "cacdo:ConsigneeDetails")


@dataclass(frozen=True, slots=True)
class Row:
    """A block, where it is put, and what the rules say about it."""

    roots: tuple[str, ...]  # prefixes of document types
    at: str  # the element into which it is put; a path from the root, empty: the root
    make: Callable[[Scene], Node]
    removed: Mapping[str, int]  # rule ► how many of its fields are in the block
    before: tuple[str, ...] = ()  # elements that come after it there
    members: frozenset[str] = field(default_factory=frozenset)  # whose law it is; empty: everybody's


def put_in(root: Node, scene: Scene, members: set[str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Restricted blocks stand in the document: what each rule must remove, and the values that must not survive."""
    kind, said = root.name.partition(":")[0], "\n".join(node.text for node in root.walk())
    fit = [
        number for number, row in enumerate(TABLE) if kind in row.roots and (not row.members or row.members & members)
    ]
    removed: Counter[str] = Counter()
    canaries: list[str] = []
    for number in sorted(scene.dice.some(fit, scene.dice.between(1, MOST))):
        row = TABLE[number]
        for place in (root.all(row.at) if row.at else [root])[:1]:
            block = row.make(scene)
            _insert(place, block, row.before)
            removed.update(row.removed)
            canaries += [node.text for node in block.walk() if len(node.text) >= CANARY and node.text not in said]
    return dict(removed), tuple(dict.fromkeys(canaries))


def _insert(parent: Node, block: Node, before: tuple[str, ...]) -> None:
    places = [number for number, child in enumerate(parent.children) if child.name in before]
    parent.children.insert(places[0] if places else len(parent.children), block)


def _person(dice: Dice) -> Node:
    language = dice.pick(tuple(words.PEOPLE))
    first, middle, last = dice.pick(words.PEOPLE[language])
    return el(
        "ccdo:FullNameDetails",
        el("csdo:FirstName", first),
        el("csdo:MiddleName", middle) if middle else None,
        el("csdo:LastName", f"{last}-{dice.digits(4)}"),
    )


def _identity(scene: Scene) -> Node:
    return el(
        "ccdo:IdentityDocV3Details",
        blocks.country(scene.country),
        el("csdo:DocKindName", "Паспорт"),
        el("csdo:DocId", "N" + scene.dice.digits(8)),
        el(
            "csdo:DocCreationDate",
            f"20{scene.dice.between(10, 24)}-0{scene.dice.between(1, 9)}-1{scene.dice.below(10)}",
        ),
    )


def _address(scene: Scene) -> Node:
    dice = scene.dice
    language = dice.pick(tuple(words.STREETS))
    return el(
        "ccdo:SubjectAddressDetails",
        blocks.country(scene.country),
        el("csdo:CityName", dice.pick(words.PLACES[scene.country])[0]),
        el("csdo:StreetName", f"{dice.pick(words.STREETS[language])} {dice.digits(4)}"),
        el("csdo:BuildingNumberId", f"{dice.between(1, 180)}/{dice.between(1, 9)}"),
        el("csdo:PostCode", dice.digits(6)),
    )


def _contact(scene: Scene) -> Node:
    return el(
        "ccdo:CommunicationDetails",
        el("csdo:CommunicationChannelCode", "EM"),
        el("csdo:CommunicationChannelId", f"{scene.dice.letters(9, 'abcdefghijkmnoprstuvz')}@posta.example"),
    )


def _driver(scene: Scene) -> Node:
    born = f"19{scene.dice.between(60, 99)}-0{scene.dice.between(1, 9)}-1{scene.dice.below(10)}"
    return el("cacdo:DriverDetails", _person(scene.dice), el("csdo:BirthDate", born), _identity(scene))


def _representative(scene: Scene) -> Node:
    return el("cacdo:CarrierRepresentativeDetails", _person(scene.dice), el("csdo:PositionName", "экспедитор"))


def _official(scene: Scene) -> Node:
    return el(
        "cacdo:CustomsPersonDetails",
        _person(scene.dice),
        el("csdo:PositionName", "главный государственный таможенный инспектор"),
        el("casdo:LNPId", scene.dice.digits(4)),
    )


def _note(scene: Scene) -> Node:
    return el("csdo:NoteText", f"Ескертпе / примечание {scene.dice.digits(7)}: связаться с отделом до выпуска")


def _sum(name: str) -> Callable[[Scene], Node]:
    return lambda scene: blocks.money(scene.dice.between(10_000_000, 99_999_999), scene.facts.currency, name)


def _code(name: str, start: str) -> Callable[[Scene], Node]:
    return lambda scene: el(name, f"{start}-{scene.dice.digits(5)}")


FORM, MEASURE, SECRECY = (
    "casdo:CustomsControlFormCode",
    "casdo:CustomsControlMeasureCode",
    "ccdo:ConfidentialityDegreeDetails",
)
OFFICIAL = {"customs-official": 1, "person-name": 1}
ADDRESS, CONTACT = "ccdo:SubjectAddressDetails", "ccdo:CommunicationDetails"
PEOPLE = ("cacdo:CarrierRepresentativeDetails", "cacdo:DriverDetails")
KZ = frozenset({"KZ"})

# Rows that meet in one element stand in the order of its schema.
TABLE: tuple[Row, ...] = (
    *(
        row
        for who in SUBJECTS[:2]
        for row in (
            Row((TRN,), who, lambda s: el("csdo:TaxpayerId", numbers.taxpayer("KZ", s.dice)), {"taxpayer-number": 1}, PEOPLE, KZ),
            Row((TRN,), who, lambda s: el("casdo:PersonId", numbers.person(s.dice)), {"person-number": 1}, PEOPLE),
            Row((TRN,), who, _identity, {"identity-document": 1}, PEOPLE),
            Row((TRN,), who, _address, {"address": 1}, PEOPLE),
            Row((TRN,), who, _contact, {"contact": 1}, PEOPLE),
        )
    ),
    Row((TRN,), SUBJECTS[1], _representative, {"person-name": 1}, PEOPLE[1:]),
    Row((TRN,), SUBJECTS[1], _driver, {"driver": 1, "person-name": 1, "identity-document": 1}),
    Row((TRN,), "cacdo:TDGoodsShipmentDetails", _sum("casdo:TotalAmount"), {"shipment-value": 1}, SUBJECTS),
    Row((TRN,), "cacdo:TDGoodsShipmentDetails/cacdo:TransitGoodsItemDetails", _sum("casdo:CAValueAmount"), {"goods-value": 1}),
    Row((TRN,), "cacdo:TransitGuaranteeDetails", _sum("casdo:GuaranteeAmount"), {"guarantee-sum": 1}),
    Row((TRN,), "cacdo:CustomsIdentificationDetails/cacdo:SealDetails", _code("casdo:SealDeviceId", "NP"), {"navigation-seal": 1}),
    Row((TAC,), "", lambda _: el("casdo:OffenceIndicator", "true"), {"offence": 1}),
    Row((DVR,), "cacdo:VerificationResultDetails", _note, {"note": 1}),
    Row((TAC,), "", _note, {"note": 1}),
    Row((TRN, TAC, DVQ, DVR), "", _official, OFFICIAL, (FORM, MEASURE, SECRECY)),
    Row((TRN,), "", _code(FORM, "ТД"), {"control-form": 1}, (MEASURE,)),
    Row((TRN,), "", _code(MEASURE, "СОПР"), {"control-measure": 1}),
    Row((DVQ,), "", _contact, {"contact": 1}),
    Row((DVQ, DVR), "", _note, {"note": 1}),
    Row((PRS,), "", lambda s: el("csdo:DescriptionText", f"Сипаттама {s.dice.digits(8)}"), {"result-description": 1}),
    Row((PRS,), "ccdo:EDocErrorDetails", lambda s: el("csdo:EDocDetailedErrorText", f"значение {s.dice.digits(9)}"), {"error-details": 1}),
)  # fmt: skip
