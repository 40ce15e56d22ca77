"""Two versions of a message type live side by side, each within its own days (EA-4.3)."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.core.agreement import MessageType
from gateway.core.errors import ErrorCode
from gateway.core.names import Micros
from tests.core.making import NOW, Gateway, arrived, header, posted, prepared, refusal, sample, validated
from tests.core.test_seal import sealed

OLD = sample("TransitReleaseNotice--only-what-is-mandatory")
NEW = sample("TransitReleaseNotice--1.1-only-what-is-mandatory")
TODAY = date(2026, 5, 28)  # NOW
DAY = timedelta(days=1)


def dated(gateway: Gateway, version: str, **days: date) -> Gateway:
    """The gateway with other days for one version of the release notice."""
    agreement = gateway.register.agreements[0]
    messages = {
        root: replace(kind, **days) if (kind.type, kind.version) == ("TransitReleaseNotice", version) else kind
        for root, kind in agreement.messages.items()
    }
    return Gateway(
        replace(gateway.register, agreements=(replace(agreement, messages=messages),)),
        gateway.token,
    )


def version_of(gateway: Gateway, version: str) -> MessageType:
    """One version of the release notice."""
    kinds = gateway.register.agreements[0].messages.values()
    return next(kind for kind in kinds if (kind.type, kind.version) == ("TransitReleaseNotice", version))


@pytest.mark.parametrize(("body", "version"), [(OLD, "1.0"), (NEW, "1.1")])
def test_both_versions_are_taken_and_named(kz: Gateway, body: bytes, version: str) -> None:
    """The root's namespace says which version it is; header and log entry say it, too."""
    found = validated(kz, posted(kz, body))
    leaf = json.loads(sealed(kz, prepared(kz, posted(kz, body))).messages[0].entry.body)

    assert (found.message_type.version, found.headers[0].version, leaf["version"]) == (version,) * 3
    assert leaf["type"] == "TransitReleaseNotice"


@pytest.mark.parametrize(("late", "taken"), [(0, True), (1, False)])
def test_a_version_ends_with_its_last_day(kz: Gateway, late: int, taken: bool) -> None:  # noqa: FBT001 - a row
    """On that day it is taken; on the next it is refused, and the one in force is named."""
    gateway = dated(kz, "1.0", valid_until=TODAY - late * DAY)

    if taken:
        assert validated(gateway, posted(gateway, OLD)).message_type.version == "1.0"
        return
    (fault,) = refusal(gateway, posted(gateway, OLD)).faults
    assert (fault.code, fault.path, fault.expected) == (
        ErrorCode.NOT_IN_FORCE, "/*", "TransitReleaseNotice 1.1 2026-04-01/..",
    )  # fmt: skip


@pytest.mark.parametrize(("early", "taken"), [(0, True), (1, False)])
def test_a_version_begins_on_its_first_day(kz: Gateway, early: int, taken: bool) -> None:  # noqa: FBT001 - a row
    """A version that is not yet in force is refused, whatever its document says."""
    gateway = dated(kz, "1.1", valid_from=TODAY + early * DAY)

    if taken:
        assert validated(gateway, posted(gateway, NEW)).message_type.version == "1.1"
        return
    (fault,) = refusal(gateway, posted(gateway, NEW)).faults
    assert (fault.code, fault.expected) == (ErrorCode.NOT_IN_FORCE, "TransitReleaseNotice 1.0 2011-05-19/..")


def test_where_no_version_is_in_force_all_are_named(kz: Gateway) -> None:
    """A gap between two versions is told with the days of both."""
    gateway = dated(dated(kz, "1.0", valid_until=TODAY - DAY), "1.1", valid_from=TODAY + DAY)

    (fault,) = refusal(gateway, posted(gateway, OLD)).faults

    assert fault.expected == ("TransitReleaseNotice 1.0 2011-05-19/2026-05-27 | TransitReleaseNotice 1.1 2026-05-29/..")


@pytest.mark.parametrize(("days", "taken"), [(3, True), (4, False)])
def test_what_was_sent_on_the_last_day_may_still_arrive(kz: Gateway, by: Gateway, days: int, taken: bool) -> None:  # noqa: FBT001 - a row
    """A partner's message is taken as long after the last day as delivery may take: 72 hours."""
    assert version_of(by, "1.0").deliver_within == 3 * DAY
    gateway = dated(by, "1.0", valid_until=TODAY - days * DAY)
    received = arrived(gateway, OLD, header(timestamp=Micros(NOW)))

    if taken:
        assert validated(gateway, received).message_type.version == "1.0"
    else:
        assert refusal(gateway, received).first is ErrorCode.NOT_IN_FORCE
    assert refusal(dated(kz, "1.0", valid_until=TODAY - days * DAY), posted(kz, OLD)).first is ErrorCode.NOT_IN_FORCE
