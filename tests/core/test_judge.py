"""Rules of an agreement, asked through the stages: reported beside the schema's faults, never for what was stripped."""

import json
import time
from pathlib import Path

from lxml import etree

from gateway.core.errors import MAX_FAULTS, ErrorCode, Fault
from gateway.core.judge import judge
from gateway.core.language import Language
from gateway.core.locate import Locator
from gateway.core.names import Member
from tests.core.making import SAMPLES, Gateway, arrived, header, posted, prepared, refusal, sample, samples

ROAD = "TransitReleaseNotice--road-through-three-states"
KZ_BY = frozenset({Member("KZ"), Member("BY")})


def faults(gateway: Gateway, body: bytes) -> list[Fault]:
    """What a document posted by the own system is refused for."""
    return list(refusal(gateway, posted(gateway, body)).faults)


def changed(name: str, *changes: tuple[str, str]) -> bytes:
    """A sample with each text replaced once."""
    body = sample(name).decode()
    for before, after in changes:
        assert before in body
        body = body.replace(before, after, 1)
    return body.encode()


def test_every_rule_of_the_agreement_has_an_invalid_sample(kz: Gateway) -> None:
    """No rule is agreed that nothing shows to work; rules that wait for a code list are asked for none."""
    kinds = [kind for agreement in kz.register.agreements for kind in agreement.messages.values()]
    agreed = {rule.id for kind in kinds for rule in kind.rules}
    shown = {
        row["rule"]
        for path in samples("invalid")
        for row in json.loads(path.with_suffix(".json").read_text())["faults"]
        if "rule" in row
    }

    assert sorted(agreed - shown) == []
    assert sorted(shown - agreed) == []


def test_every_message_type_has_rules(kz: Gateway) -> None:
    """Five leaf elements and an empty subject are schema-valid: the obligations live here."""
    agreement = next(a for a in kz.register.agreements if a.id == "eurasec-customs")
    assert [kind.type for kind in agreement.messages.values() if not kind.rules] == []


def test_rule_faults_stand_beside_schema_faults(kz: Gateway) -> None:
    """All at once, each with path, line and column; a rule's with the agreement's own code and its text."""
    body = changed(ROAD, (">2026-03-25<", ">2026-03-10<"), ("ContainerIndicator>false", "ContainerIndicator>no"))

    found = {fault.code: fault.facts(Language.RU) for fault in faults(kz, body)}

    assert set(found) == {ErrorCode.VALUE_OF_WRONG_TYPE, ErrorCode.DATES_OUT_OF_ORDER}
    shown = found[ErrorCode.DATES_OUT_OF_ORDER]
    assert (shown["rule"], shown["control"]) == ("GEN-R23", "EA-4.3")
    assert shown["expected"] == "Срок транзита не раньше даты регистрации декларации"
    assert (shown["path"], shown["column"]) == ("/trn:TransitReleaseNotice/casdo:TransitLimitDate", 3)
    assert "2026-03-10" in body.decode().splitlines()[int(str(shown["line"])) - 1]


def test_value_that_the_schema_refuses_is_no_matter_for_a_rule(kz: Gateway) -> None:
    """One place is named once."""
    body = changed(ROAD, ("<csdo:EDocCode>R.CA.CP.01.001", "<csdo:EDocCode>nonsense"))

    assert [fault.code for fault in faults(kz, body)] == [ErrorCode.PATTERN_MISMATCH]


def test_no_fault_of_a_rule_holds_a_value(kz: Gateway) -> None:
    """What is expected comes from the agreement; a restricted number that is wrong is nowhere in the answer."""
    body = sample("TransitReleaseNotice--gen-r15-bin-check-digit", "invalid")
    assert b"120940007716" in body

    assert "120940007716" not in str([fault.facts() for fault in faults(kz, body)])


def test_rule_reads_restricted_fields_on_the_way_out(kz: Gateway) -> None:
    """It is asked before they are stripped."""
    body = sample("TransitReleaseNotice--gen-r15-bin-check-digit", "invalid")

    assert [fault.rule for fault in faults(kz, body)] == ["GEN-R15"]


def test_what_was_stripped_breaks_no_rule_on_the_way_in(kz: Gateway, by: Gateway) -> None:
    """An act of inspection never arrives: a damaged seal without one is refused at its producer, not at the partner."""
    body = sample("TransitOperationNotice--ton-r03-damaged-seal-without-record", "invalid")
    head = header("TransitOperationNotice")

    assert [fault.rule for fault in faults(kz, body)] == ["TON-R03"]
    assert prepared(by, arrived(by, body, head)).copies


def test_rule_over_what_cannot_be_stripped_binds_on_the_way_in(by: Gateway) -> None:
    """A partner's mistake is refused like an own system's."""
    body = changed(ROAD, (">2026-03-25<", ">2026-03-10<"))

    assert [fault.rule for fault in refusal(by, arrived(by, body, header())).faults] == ["GEN-R23"]


def test_every_restricted_sample_still_keeps_the_rules_when_stripped(kz: Gateway) -> None:
    """A receiver under the same law finds no rule broken by what the sender had to take out."""
    for path in samples("restricted"):
        redacted = prepared(kz, posted(kz, path.read_bytes()))
        root = etree.fromstring(redacted.copies[0].payloads[0].content)
        kind, agreement = redacted.validated.message_type, redacted.validated.agreement
        assert judge(Locator(root, kind.model, agreement.prefixes), kind, KZ_BY, b"") == [], path.stem


def test_split_text_is_read_whole(kz: Gateway) -> None:
    """CDATA, character references and comments hide nothing from a rule."""
    body = changed(ROAD, (">2026-03-25<", "><![CDATA[2026-]]>03<!-- x -->-&#49;0<"))

    assert [fault.rule for fault in faults(kz, body)] == ["GEN-R23"]


def test_rules_take_time_in_proportion_to_the_document(kz: Gateway) -> None:
    """Four times the goods take about four times as long; nothing is compared with everything else."""
    agreement = next(a for a in kz.register.agreements if a.id == "eurasec-customs")

    def taken(goods: int) -> float:
        root = etree.fromstring(_long(goods))
        kind = agreement.messages[str(root.tag)]
        began = time.process_time()
        found = judge(Locator(root, kind.model, agreement.prefixes), kind, None, b"")
        assert found == []
        return time.process_time() - began

    small = min(taken(1_000) for _ in range(3))
    assert taken(8_000) < small * 8 * 4


def test_faults_are_counted_not_collected_for_ever(kz: Gateway) -> None:
    """A document that breaks a rule a thousand times is answered with the first 999."""
    agreement = next(a for a in kz.register.agreements if a.id == "eurasec-customs")
    body = _long(1_500).replace(b">2</csdo:UnifiedNetMass", b">4</csdo:UnifiedNetMass")
    root = etree.fromstring(body)
    kind = agreement.messages[str(root.tag)]

    assert len(judge(Locator(root, kind.model, agreement.prefixes), kind, None, body)) == MAX_FAULTS + 1


def _long(goods: int) -> bytes:
    """A release notice with so many goods in one shipment, all rules kept."""
    text = (Path(SAMPLES) / "valid" / f"{ROAD}.xml").read_text()
    start, _, rest = text.partition("    <cacdo:TransitGoodsItemDetails>")
    end = "  </cacdo:TDGoodsShipmentDetails>" + rest.partition("  </cacdo:TDGoodsShipmentDetails>")[2]
    unit = 'measurementUnitCode="166"'
    items = (
        "<cacdo:TransitGoodsItemDetails>"
        f"<casdo:ConsignmentItemOrdinal>{number}</casdo:ConsignmentItemOrdinal>"
        f"<csdo:UnifiedGrossMassMeasure {unit}>3</csdo:UnifiedGrossMassMeasure>"
        f"<csdo:UnifiedNetMassMeasure {unit}>2</csdo:UnifiedNetMassMeasure>"
        "</cacdo:TransitGoodsItemDetails>\n"
        for number in range(1, goods + 1)
    )
    return (start + "".join(items) + end).replace("18420.500000", str(3 * goods)).encode()
