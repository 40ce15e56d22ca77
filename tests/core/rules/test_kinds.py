"""Each kind of rule: what breaks it, and the near misses that do not."""

from datetime import date

import pytest

from gateway.core.rules import digits
from gateway.core.rules.digits import ALGORITHMS, CheckDigit, check_digit
from gateway.core.rules.figures import Compare, Count, Sum, compare, count, sums
from gateway.core.rules.kinds import KINDS
from gateway.core.rules.lists import (
    CodeList,
    Equal,
    InList,
    ListVersion,
    Sequence,
    Unique,
    equal,
    in_list,
    sequence,
    unique,
)
from gateway.core.rules.presence import OneOf, Present, Values, forbidden, one_of, required, value
from gateway.core.rules.times import Order, Within, order, within
from gateway.core.rules.values import DAY, Form
from tests.core.rules.asking import at, broken, number, when


@pytest.mark.parametrize(
    ("inside", "wrong"),
    [("", ["r1"]), ("<a/>", ["r1"]), ("<a> </a>", ["r1"]), ("<a>1</a>", []), ("<a><b/></a>", []), ("<b>1</b>", ["r1"])],
)
def test_required_needs_a_value(inside: str, wrong: list[str]) -> None:
    """An empty element is not there."""
    assert broken(required, Present(at("a")), inside) == wrong


def test_forbidden_names_everything_that_stands() -> None:
    """Empty or not."""
    assert broken(forbidden, Present(at("a")), "<a/><b/><a>1</a>") == ["a1", "a2"]
    assert broken(forbidden, Present(at("a/@x")), "<a/><a x=''/>") == ["a2/@x"]


@pytest.mark.parametrize(
    ("inside", "wrong"), [("", ["r1"]), ("<a/>", []), ("<a/><a/>", []), ("<a/><b/>", []), ("<a/><b/><c/>", ["r1"])]
)
def test_one_of_counts_paths_not_elements(inside: str, wrong: list[str]) -> None:
    """One or two of three."""
    assert broken(one_of, OneOf((at("a"), at("b"), at("c")), 1, 2), inside) == wrong


def test_value_is_one_of_those_agreed() -> None:
    """In CDATA and with blanks around it, too."""
    demand = Values(at("a"), frozenset({"x", "y"}))

    assert broken(value, demand, "<a>x</a><a> y\n</a><a><![CDATA[x]]></a>") == []
    assert broken(value, demand, "<a>x y</a><a>X</a>") == ["a1", "a2"]


def test_equal_needs_the_second_among_the_first() -> None:
    """Without a first there is nothing to differ from."""
    demand = Equal(at("a"), at("b"))

    assert broken(equal, demand, "<a>1</a><a>2</a><b>2</b><b>3</b>") == ["b2"]
    assert broken(equal, demand, "<b>3</b>") == []


@pytest.mark.parametrize(
    ("inside", "wrong"),
    [
        ("<a>2026-03-11</a><b>2026-03-11</b>", []),
        ("<a>2026-03-12</a><b>2026-03-11</b>", ["b1"]),
        ("<a>2026-03-01</a><a>2026-03-12</a><b>2026-03-11</b><b>2026-03-12</b>", ["b1"]),
        ("<a>2026-03-12T00:00:00Z</a><a>2026-03-01</a><b>2026-03-10</b>", ["b1"]),
        ("<a>tomorrow</a><b>2026-03-11</b>", []),
        ("<a>2026-03-11</a><b>11 March</b>", []),
        ("<b>2026-03-11</b>", []),
        ("<a>2026-03-11</a>", []),
    ],
)
def test_order_judges_the_latest_first(inside: str, wrong: list[str]) -> None:
    """What is no date is the schema's fault."""
    assert broken(order, Order(when("a"), when("b"), 0), inside) == wrong


def test_order_has_a_tolerance() -> None:
    """A day earlier is still in order, two are not."""
    demand = Order(when("a"), when("b"), DAY)

    assert broken(order, demand, "<a>2026-03-12</a><b>2026-03-11</b><b>2026-03-10</b>") == ["b2"]


@pytest.mark.parametrize(
    ("before", "after", "wrong"),
    [(None, None, []), (DAY, None, ["a1"]), (None, DAY, ["a4"]), (DAY, DAY, ["a1", "a4"]), (3 * DAY, 0, ["a3", "a4"])],
)
def test_within_has_two_bounds(before: int | None, after: int | None, wrong: list[str]) -> None:
    """Each of them optional."""
    days = (
        "".join(f"<a>2026-03-{day}T00:00:00Z</a>" for day in ("08", "10", "11", "14")) + "<b>2026-03-10T00:00:00Z</b>"
    )

    assert broken(within, Within(when("a"), when("b"), before, after), days) == wrong
    assert broken(within, Within(when("a"), when("b"), before, after), "<a>2026-03-01</a>") == []


@pytest.mark.parametrize(
    ("inside", "strictly", "wrong"),
    [
        ("<g u='1'>2.0</g><n u='1'>2</n>", False, []),
        ("<g u='1'>2.0</g><n u='1'>2</n>", True, ["n1"]),
        ("<g u='1'>2</g><n u='1'>2.0000001</n>", False, ["n1"]),
        ("<g u='1'>2</g><n u='2'>1</n>", False, ["n1"]),
        ("<g u='1'>2</g><n>1</n>", False, ["n1"]),
        ("<g u='1'>two</g><n u='1'>3</n>", False, []),
        ("<n u='1'>3</n>", False, []),
    ],
)
def test_compare_is_exact_and_never_across_units(inside: str, wrong: list[str], *, strictly: bool) -> None:
    """A figure in another unit is larger than nothing."""
    assert broken(compare, Compare(number("g"), number("n"), "u", strictly), inside) == wrong


@pytest.mark.parametrize(
    ("inside", "wrong"),
    [
        ("<t u='1'>0.3</t><i><v u='1'>0.1</v></i><i><v u='1'>0.2</v></i>", []),
        ("<t u='1'>0.30000000000000004</t><i><v u='1'>0.1</v></i><i><v u='1'>0.2</v></i>", ["t1"]),
        ("<t u='2'>0.3</t><i><v u='1'>0.1</v></i><i><v u='1'>0.2</v></i>", ["t1"]),
        ("<t u='1'>0.3</t><i><v u='1'>0.1</v></i><i><v u='2'>0.2</v></i>", ["t1"]),
        ("<t u='1'>9</t><i><v u='1'>0.1</v></i><i/>", []),
        ("<t u='1'>9</t><i><v u='1'>0.1</v></i><i><v u='1'>x</v></i>", []),
        ("<t u='1'>9</t>", []),
        ("<i><v u='1'>0.1</v></i>", []),
    ],
)
def test_sum_is_asked_where_every_item_has_its_figure(inside: str, wrong: list[str]) -> None:
    """And then it is exact."""
    assert broken(sums, Sum(number("t"), at("i"), number("v"), "u"), inside) == wrong


@pytest.mark.parametrize(("inside", "wrong"), [("<n>2</n><i/><i/>", []), ("<n>3</n><i/>", ["n1"]), ("<i/>", [])])
def test_count_counts(inside: str, wrong: list[str]) -> None:
    """Where a number is stated."""
    assert broken(count, Count(number("n"), at("i")), inside) == wrong


@pytest.mark.parametrize(
    ("inside", "wrong"),
    [("<n>1</n><n>02</n><n>3</n>", []), ("<n>1</n><n>3</n><n>9</n>", ["n2"]), ("<n>2</n>", ["n1"]), ("", [])],
)
def test_sequence_names_the_first_break(inside: str, wrong: list[str]) -> None:
    """Zeros before a number do not count."""
    assert broken(sequence, Sequence(number("n"), 1), inside) == wrong


def test_unique_compares_whole_keys() -> None:
    """An item without a key is like no other; two parts never run together."""
    demand = Unique(at("i"), (at("a"), at("b")))
    same = "<i><a>1</a><b>2</b></i>"

    assert broken(unique, demand, same + "<i><a>1</a></i><i><b>2</b></i><i><a>12</a></i><i/><i/>" + same) == ["i7"]
    assert broken(unique, Unique(at("i"), (at("."),)), "<i>1</i><i>2</i><i> 1 </i>") == ["i3"]


LIST = CodeList(
    "7",
    (
        ListVersion("1", date(2025, 1, 1), date(2025, 12, 31), frozenset({"A", "B"})),
        ListVersion("2", date(2026, 1, 1), None, frozenset({"B", "C"})),
    ),
)


@pytest.mark.parametrize(
    ("day", "wrong"),
    [
        ("2024-12-30", ["c1", "c2", "c3"]),
        ("2025-06-01", ["c3"]),
        ("2025-12-31", ["c3"]),
        ("2026-01-01", ["c1"]),
        ("2025-12-31T23:00:00Z", []),
        ("2026-02-01T00:00:00Z", ["c1"]),
        ("yesterday", []),
    ],
)
def test_in_list_asks_the_version_of_the_day(day: str, wrong: list[str]) -> None:
    """At the turn of versions both may count, in some zone; without a date that can be read, all do."""
    demand = InList(at("c"), LIST, "", when("/d"))

    assert broken(in_list, demand, f"<d>{day}</d><c>A</c><c>B</c><c>C</c>") == wrong


def test_in_list_takes_no_other_list() -> None:
    """A code that names another list is none of this one; one that names none is judged by this one."""
    demand = InList(at("c"), LIST, "l", None)

    assert broken(in_list, demand, "<c l='7'>A</c><c l='8'>A</c><c>A</c><c l=' 7 '>X</c>") == ["c2", "c4"]
    assert broken(in_list, demand, "") == []


def test_subset_refuses_nothing_on_its_days() -> None:
    """A whole version beside it does, on its own; a list of subsets only is one."""
    part = ListVersion("1", date(2025, 1, 1), date(2025, 12, 31), frozenset({"A"}), subset=True)
    demand = InList(at("c"), CodeList("7", (part, LIST.versions[1])), "", when("d"))

    assert broken(in_list, demand, "<d>2025-06-01</d><c>Z</c>") == []
    assert broken(in_list, demand, "<d>2026-06-01</d><c>Z</c>") == ["c1"]
    assert (CodeList("7", (part,)).subset, demand.codes.subset) == (True, False)


@pytest.mark.parametrize(
    ("algorithm", "right", "wrong"),
    [
        ("vin", ["1M8GDM9AXKP042788", "11111111111111111"], ["1M8GDM9A1KP042788", "1M8GDM9AXKP04278O", "1M8", ""]),
        ("vin-form", ["YV2RT40A5HB812604"], ["YV2RT4OA5HB812604", "YV2RT40A5HB81260", "yv2rt40a5hb812604"]),
        ("container", ["CSQU3054383", "TGHU7741208"], ["CSQU3054384", "CSQX3054383", "CSQU305438", "CSQU305438٣"]),
        (
            "kz-bin-iin",
            ["941240000193", "920305450786"],
            ["941240000194", "94124000019", "94124000019A", "٩41240000193"],
        ),
        ("ru-inn", ["7707083893", "500100732259"], ["7707083894", "500100732258", "500100732249", "77070838", "INN"]),
        ("by-unp", ["100582333", "MA1953684"], ["100582334", "900582333", "1A0582333", "10058233"]),
        ("rail-wagon", ["60012341"], ["60012342", "6001234", "6001234A"]),
        ("imo-ship", ["9074729"], ["9074728", "907472", "907472X"]),
    ],
)
def test_check_digits_are_those_that_are_issued(algorithm: str, right: list[str], wrong: list[str]) -> None:
    """Numbers that stand in public examples and registers pass, one digit off they do not."""
    demand = CheckDigit(at("n"), ALGORITHMS[algorithm])

    assert broken(check_digit, demand, "".join(f"<n>{each}</n>" for each in right)) == []
    assert len(broken(check_digit, demand, "".join(f"<n>{each}</n>" for each in wrong))) == len(wrong)


def test_bin_with_ten_as_first_remainder_has_a_second_one() -> None:
    """Weights from 3; a number for which that gives 10, too, is never right."""
    second = next(n for n in range(10**10, 2 * 10**10) if _weighed(n, 1) == digits.TEN and _weighed(n, 3) < digits.TEN)
    never = next(n for n in range(10**10, 2 * 10**10) if _weighed(n, 1) == _weighed(n, 3) == digits.TEN)

    assert [n for n in range(10) if digits.kz_bin(f"{second}{n}")] == [_weighed(second, 3)]
    assert [n for n in range(10) if digits.kz_bin(f"{never}{n}")] == []


def _weighed(number_of: int, start: int) -> int:
    weights = [(start - 1 + place) % 11 + 1 for place in range(11)]
    return sum(int(sign) * weight for sign, weight in zip(str(number_of), weights, strict=True)) % 11


def test_every_kind_has_a_code_of_its_own() -> None:
    """The published code says which kind of rule is broken."""
    codes = [kind.code.code for kind in KINDS.values()]

    assert len(set(codes)) == len(codes)
    assert min(codes) >= "GW:5201"


def test_text_around_a_misplaced_element_is_read() -> None:
    """A value is never hidden from a rule by an element that the schema refuses."""
    demand = Values(at("a"), frozenset({"xy"}))

    assert broken(value, demand, "<a>x<b/>y</a>") == []
    assert broken(value, Values(at("a", Form.NOTHING), frozenset()), "<a>x</a>") == ["a1"]
