"""Fault texts under attack and under load: no word of the sender's, no fault of another thread's, no endless work."""

import string
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import perf_counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.core.errors import Fault, Rejected
from gateway.core.message import Screened
from gateway.core.validate import validate
from tests.core.making import BY, NOW, Gateway, posted, refusal, sample, samples, screened
from tests.core.probe import note
from tests.core.test_explain import XSI, faults

NAMES = st.text(string.ascii_letters, min_size=9, max_size=14).map("Kx{}".format)


@dataclass(frozen=True)
class Spoilt:
    """A faulty document, and what its sender made up."""

    body: bytes = field(repr=False)
    canaries: tuple[str, ...]


@st.composite
def spoilt(draw: st.DrawFn) -> Spoilt:
    """A valid sample with a value, an element name or an attribute name of the sender's own somewhere."""
    path = draw(st.sampled_from(samples("valid")))
    root = etree.fromstring(path.read_bytes())
    elements = list(root.iter("*"))
    for _ in range(draw(st.integers(1, 4))):
        element = draw(st.sampled_from(elements))
        _SPOIL[draw(st.sampled_from(sorted(_SPOIL)))](element, draw(NAMES))
    value, name, attribute = (draw(NAMES) for _ in range(3))
    element = draw(st.sampled_from(elements))
    element.text = f"{draw(st.sampled_from(['', 'Expected is ( ', 'attribute ']))}{value}"
    etree.SubElement(element, draw(st.sampled_from(["", f"{{{_space(element)}}}", "{urn:x}"])) + name).set(
        attribute, value
    )
    return Spoilt(etree.tostring(root, encoding="UTF-8"), (value, name, attribute))


def _space(element: etree._Element) -> str:
    return etree.QName(element).namespace or ""


_SPOIL = {
    "attribute": lambda element, name: element.set(name, name),
    "type": lambda element, name: element.set(f"{{{XSI}}}type", name),
    "wrap": lambda element, name: element.append(etree.SubElement(element, f"{{{_space(element)}}}{name}")),
    "empty": lambda element, _: [element.remove(child) for child in element],
    "text": lambda element, name: setattr(element, "text", name),
    "values": lambda element, name: [element.set(key, f"attribute '{name}'") for key in element.attrib],
}


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(spoilt())
def test_nothing_of_the_sender_s_own_is_repeated(kz: Gateway, made: Spoilt) -> None:
    """Values, unknown element names and unknown attribute names are in no fault; every path names an element."""
    found = refusal(kz, posted(kz, made.body)).faults

    told = "".join(str(fault.facts()) for fault in found)
    assert [canary for canary in made.canaries if canary in told] == []
    assert "Kx" not in told
    document = etree.fromstring(made.body)
    prefixes = {prefix: namespace for namespace, prefix in kz.register.prefixes.items()}
    for fault in found:
        (element,) = document.xpath(fault.path.partition("/@")[0], namespaces=prefixes)
        assert element.sourceline == fault.line


def test_threads_never_see_each_other_s_faults(kz: Gateway) -> None:
    """Eight documents with faults of their own, validated at once many times over: each gets its own, always."""
    plain = sample("TransitReleaseNotice--road-through-three-states").decode()
    values = ["<casdo:ObjectOrdinal>", "<csdo:CommodityCode>", "<casdo:TransitLimitDate>", "<csdo:VehicleId>"]
    values += [
        "<casdo:ContainerIndicator>",
        "<csdo:DocCreationDate>",
        "<casdo:CargoQuantity>",
        "<casdo:GuaranteePresentCode>",
    ]
    known = [screened(kz, posted(kz, plain.replace(value, value + "x" * 99).encode(), to=(BY,))) for value in values]

    def judge(one: Screened) -> tuple[Fault, ...]:
        try:
            validate(one, kz.register, NOW)
        except Rejected as found:
            return found.faults
        return ()

    alone = [judge(one) for one in known]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(judge, known * 40))

    assert len({tuple(fault.path for fault in found) for found in alone}) == len(values)
    assert together == alone * 40


def test_many_siblings_are_explained_in_bounded_time(probe: Gateway) -> None:
    """A thousand faults behind two thousand good siblings cost one walk, not a thousand."""
    numbers = [*range(2000), *range(1000)]
    body = note("".join(f"<p:Item>{number}</p:Item>" for number in numbers))
    start = perf_counter()

    found = faults(probe, body)

    assert (len(found), perf_counter() - start < 10) == (999, True)
