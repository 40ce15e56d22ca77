"""What issuers have revoked is believed no more, as far as the party's file asks for it."""

from cryptography.x509 import ocsp

from gateway.core.wss.revocation import Answer, Crl, Revocation
from tests.core.wss.pki import (
    NOW,
    Holder,
    answer,
    at,
    crl,
)
from tests.core.wss.test_trust import LEAF, MIDDLE, OTHER, ROOT, believed, chain, issued, pinned


def said(by: Holder, *revoked: Holder, days: tuple[float, float] = (-1, 1)) -> Crl:
    """The issuer's list."""
    return Crl.read(crl(by, chain(*revoked), days=days), chain(by))


def test_a_revoked_certificate_is_refused_pinned_or_issued() -> None:
    """A list that names it counts, also one that is out of date; `none` asks nobody."""
    for days in ((-1.0, 1.0), (-9.0, -5.0)):
        rows = (said(MIDDLE, LEAF, days=days),)
        assert "has not revoked" in believed(chain(LEAF), pinned(LEAF, said=rows))
        assert "has not revoked" in believed(chain(LEAF, MIDDLE), issued(ROOT, said=rows))
        assert believed(chain(LEAF), pinned(LEAF, said=rows, revocation=Revocation.NONE)) == ""
        assert believed(chain(OTHER, MIDDLE), issued(ROOT, said=rows)) == ""


def test_a_revoked_issuer_takes_its_certificates_along() -> None:
    """Revocation is asked about everything below the anchor."""
    assert "has not revoked" in believed(chain(LEAF, MIDDLE), issued(ROOT, said=(said(ROOT, MIDDLE),)))


def test_required_revocation_refuses_where_nothing_fresh_is_known() -> None:
    """No list, a list past nextUpdate, one from the future, one for the leaf only: each refused; all fresh: believed."""
    required = issued(ROOT, revocation=Revocation.REQUIRED)
    fresh = said(ROOT), said(MIDDLE)
    assert believed(chain(LEAF, MIDDLE), required.knowing(fresh)) == ""
    for rows in ((), fresh[1:], (fresh[0], said(MIDDLE, days=(-9, -1))), (fresh[0], said(MIDDLE, days=(1, 9)))):
        assert "revocation status is known" in believed(chain(LEAF, MIDDLE), required.knowing(rows))
        assert believed(chain(LEAF, MIDDLE), issued(ROOT).knowing(rows)) == ""
    assert believed(chain(LEAF), pinned(LEAF, revocation=Revocation.REQUIRED, said=fresh)) == ""


def test_the_newest_list_counts() -> None:
    """A certificate on hold that was released is believed again; its older list is forgotten."""
    rows = (said(MIDDLE, LEAF, days=(-3, 3)), said(MIDDLE, days=(-1, 1)))
    assert believed(chain(LEAF, MIDDLE), issued(ROOT, said=rows)) == ""
    assert "has not revoked" in believed(chain(LEAF, MIDDLE), issued(ROOT, said=rows[:1]))


def test_an_ocsp_answer_counts_like_a_list() -> None:
    """Good while it is fresh, revoked whatever a list says, unknown says nothing."""

    def heard(status: ocsp.OCSPCertStatus) -> Answer:
        return Answer.read(answer(LEAF.certificate, MIDDLE, status=status), LEAF.certificate, MIDDLE.certificate, NOW)

    required = pinned(LEAF, revocation=Revocation.REQUIRED)
    good, revoked, unknown = (heard(each) for each in ocsp.OCSPCertStatus)
    assert believed(chain(LEAF), required.knowing([good])) == ""
    assert "is known" in believed(chain(LEAF), required.knowing([good]), at(5))
    assert "is known" in believed(chain(LEAF), required.knowing([unknown]))
    assert "has not revoked" in believed(chain(LEAF), required.knowing([said(MIDDLE), revoked]))
