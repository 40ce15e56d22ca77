"""What a conversation is about: drawn once, told alike by every message of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.traffic import numbers, words
from gateway.traffic.dice import Dice

ITEMS = ((14, (1, 2)), (34, (3, 6)), (32, (7, 12)), (20, (13, 22)))  # goods items of a shipment: how often, from, to
PER_ITEM = 900  # bytes that a goods item takes, about


@dataclass(frozen=True, slots=True)
class Office:
    """A customs body."""

    code: str
    name: str
    country: str
    place: str


@dataclass(frozen=True, slots=True)
class Subject:
    """A company that trades or carries."""

    country: str
    language: str
    name: str
    brief: str
    entity: str


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A means of road transport."""

    country: str
    plate: str
    vin: str  # empty for a trailer
    type: str
    make: str


@dataclass(frozen=True, slots=True)
class Item:
    """A goods item; masses in grams, value in hundredths."""

    code: str
    texts: tuple[str, ...]
    gross: int
    net: int
    places: int
    package: str
    packages: int
    origin: str
    value: int


@dataclass(frozen=True, slots=True)
class Declaration:
    """The registration number of a declaration."""

    office: str
    day: str
    number: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Two services, their offices, and the goods, vehicles and companies that pass between them."""

    parties: tuple[str, str]
    began: datetime  # UTC
    departure: Office
    route: tuple[Office, ...]
    destination: Office
    declaration: Declaration
    declarant: Subject
    carrier: Subject
    consignor: Subject
    consignee: Subject
    vehicles: tuple[Vehicle, ...]
    items: tuple[Item, ...]
    containers: tuple[str, ...]
    seals: tuple[str, ...]
    carnet: tuple[str, str] | None
    invoice: str
    waybill: str
    currency: str

    def offices(self) -> tuple[Office, ...]:
        """Every office on the way, in order."""
        return (self.departure, *self.route, self.destination)


def draw(parties: tuple[str, str], began: datetime, dice: Dice, size: int) -> Facts:
    """The facts of one conversation; `size` is about how many bytes its goods take, 0: the usual number."""
    departure, destination = office(parties[0][:2], dice), office(parties[1][:2], dice)
    middle = sorted({"BY", "RU"} - {departure.country, destination.country})
    consignor_country = dice.pick(words.FOREIGN) if dice.chance(0.6) else departure.country
    containers = tuple(numbers.container(dice) for _ in range(dice.weighted(((7, 0), (2, 1), (1, 2)))))
    return Facts(
        parties=parties,
        began=began,
        departure=departure,
        route=tuple(office(country, dice) for country in middle[: dice.below(2)]),
        destination=destination,
        declaration=Declaration(departure.code, local(began, departure.country)[:10], f"0{dice.digits(6)}"),
        declarant=subject(departure.country, dice),
        carrier=subject(departure.country if dice.chance(0.7) else destination.country, dice),
        consignor=subject(consignor_country, dice),
        consignee=subject(destination.country, dice),
        vehicles=tuple(vehicles(departure.country, dice)),
        items=tuple(items(consignor_country, dice, size)),
        containers=containers,
        seals=tuple(f"{departure.country}{dice.digits(7)}" for _ in range(dice.between(1, 3))),
        carnet=numbers.carnet(dice) if dice.chance(0.25) else None,
        invoice=f"INV-{dice.between(10, 99)}/{dice.digits(4)}",
        waybill=f"{departure.country}-{began.year}-{dice.digits(6)}",
        currency=dice.pick(("USD", "EUR", "RUB", "KZT", "CNY")),
    )


def local(at: datetime, country: str) -> str:
    """The moment as that country writes it: xs:dateTime with its zone."""
    zone = words.COUNTRIES[country].zone
    shifted = at + timedelta(hours=int(zone[:3]))
    return f"{shifted:%Y-%m-%dT%H:%M:%S}{zone}"


def office(country: str, dice: Dice) -> Office:
    """A customs body of that country."""
    number, (place, name) = dice.pick(tuple(enumerate(words.PLACES[country], 1)))
    return Office(f"{words.COUNTRIES[country].office}{number:03}{100 + number:03}", name, country, place)


def subject(country: str, dice: Dice) -> Subject:
    """A company of that country."""
    full, brief = dice.pick(words.FORMS[country])
    member = words.COUNTRIES.get(country)
    language = (dice.pick(("kk", "ru")) if country == "KZ" else "ru") if member else words.LATIN
    name = dice.pick(words.NAMES[language]) + dice.weighted(
        ((3, ""), (1, " Плюс" if member else " Plus"), (1, f" {dice.between(2, 99)}"))
    )
    return Subject(country, language, full.format(name), brief.format(name), numbers.entity(country, dice))


def vehicles(country: str, dice: Dice) -> list[Vehicle]:
    """A lorry, most of the time with a trailer."""
    lorry = Vehicle(country, numbers.registration(country, dice), numbers.vin(dice), "30", f"{dice.between(100, 199)}")
    trailer = Vehicle(country, numbers.registration(country, dice), "", "40", "999")
    return [lorry, trailer] if dice.chance(0.8) else [lorry]


def items(origin: str, dice: Dice, size: int) -> list[Item]:
    """Goods items; as many as fill the size."""
    low, high = dice.weighted(ITEMS)
    return [item(origin, dice) for _ in range(max(1, size // PER_ITEM) if size else dice.between(low, high))]


def item(origin: str, dice: Dice) -> Item:
    """One goods item whose masses and packages fit together."""
    goods, language = dice.pick(words.GOODS), dice.weighted(((5, "ru"), (3, "kk"), (2, "la")))
    more = dice.pick(words.DETAILS[language]).format(f"{dice.letters(2, 'ABCDEFGHKMNPRSTX')}-{dice.digits(3)}")
    places = dice.between(1, 40)
    gross = places * dice.between(goods.low, goods.high)
    net = gross - gross * dice.between(2, 9) // 100
    return Item(
        goods.code,
        (goods.texts[language], more)[: 1 + dice.below(2)],
        gross,
        net,
        places,
        goods.package,
        places * dice.pick((1, 1, 4, 12)),
        origin if dice.chance(0.7) else dice.pick(words.FOREIGN),
        net // 1000 * dice.between(90, 4000) + dice.below(100),
    )
