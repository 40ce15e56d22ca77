"""Documents of a wanted size, made from a shipped sample; a third of them hold a restricted field."""

import uuid
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from lxml import etree

from gateway.config.shipped import shipped

TYPE = "TransitReleaseNotice"
SAMPLE = f"eurasec-customs/valid/{TYPE}--only-what-is-mandatory.xml"
SCHEMA = f"eurasec-customs/1.0/{TYPE}.xsd"
RESTRICTED_EVERY = 3
KB = 1024
ORDINALS = 99_999  # the schema allows five digits


@dataclass(frozen=True, slots=True)
class Pool:
    """Documents of about one size, each with its own EDocId, about a declaration of its own."""

    size: int  # KB, as asked for
    folder: Path
    mean: int  # bytes

    @classmethod
    def write(cls, folder: Path, size: int, count: int) -> Self:
        """The pool, in files of the folder, valid under the agreed schema."""
        folder.mkdir()
        schema = etree.XMLSchema(etree.parse(shipped("xsd") / SCHEMA))
        grown = _grown(size * KB)
        for number in range(count):
            root = _with_restricted(grown) if number % RESTRICTED_EVERY == 0 else deepcopy(grown)
            _one(root, "EDocId").text = str(uuid.UUID(int=number))
            _one(
                root, "CustomsDocumentId"
            ).text = f"{number:07}"  # each is a movement of its own: no order holds one up
            schema.assertValid(root)
            (folder / f"{number:04}.xml").write_bytes(_bytes(root))
        return cls(size, folder, sum(path.stat().st_size for path in folder.iterdir()) // count)


def _grown(size: int) -> etree._Element:
    """The sample with as many goods items as the size asks for."""
    root = etree.parse(shipped("samples") / SAMPLE).getroot()
    shipment, item = _one(root, "TDGoodsShipmentDetails"), _one(root, "TransitGoodsItemDetails")
    one = len(_bytes(root))
    shipment.append(deepcopy(item))
    step = len(_bytes(root)) - one
    shipment.remove(shipment[-1])
    count = round(max(0, size - one) / step)
    if count >= ORDINALS:  # what more items are not allowed to say, the goods' descriptions say
        text = _one(item, "GoodsDescriptionText")
        text.text = (text.text or "") + "." * ((size - one - ORDINALS * step) // ORDINALS + 1)
    for ordinal in range(2, 2 + min(count, ORDINALS - 1)):
        copy = deepcopy(item)
        _one(copy, "ConsignmentItemOrdinal").text = str(ordinal)
        shipment.append(copy)
    return root


def _with_restricted(root: etree._Element) -> etree._Element:
    """A copy that tells a shipment's value, which no service may send."""
    copy = deepcopy(root)
    ordinal = _one(_one(copy, "TDGoodsShipmentDetails"), "ObjectOrdinal")
    amount = deepcopy(ordinal)  # of the same namespace
    amount.tag, amount.text = str(ordinal.tag).replace("ObjectOrdinal", "TotalAmount"), "73418.66"
    amount.attrib.update({"currencyCode": "EUR", "currencyCodeListId": "2022"})
    _one(copy, "DestinationCountryCode").addnext(amount)
    return copy


def _one(root: etree._Element, name: str) -> etree._Element:
    found = root.find(f".//{{*}}{name}")
    if found is None:
        raise LookupError(f"the sample has no {name}")
    return found


def _bytes(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
