"""Where every target is, and how hard it is tried: settings as routes and a pace."""

from gateway.config import tls
from gateway.config.load import Settings
from gateway.config.models import DeliverySection
from gateway.core.names import SECOND, Micros
from gateway.core.schedule import Backoff
from gateway.flow.delivery import Pace
from gateway.transport.https import Route


def routes(settings: Settings) -> dict[str, Route]:
    """Where every partner, its log and every webhook is."""
    register = settings.register
    asked = {"Accept-Language": register.language.value}  # a partner's errors, for readers here
    found = dict[str, Route]()
    for party in register.parties.values():
        if party.id != register.own.id:
            context = tls.partner_context(settings, party)
            found[f"party:{party.id}"] = Route(party.endpoint, context, asked)
            if party.log is not None:
                found[f"log:{party.id}"] = Route(party.log.url, context)
    for system in register.systems.values():
        if system.webhook:
            headers = {"Authorization": f"Bearer {system.webhook_token}"} if system.webhook_token else {}
            found[f"system:{system.id}"] = Route(
                system.webhook, tls.webhook_context(settings, system.webhook_ca), headers
            )
    return found


def pace(section: DeliverySection) -> Pace:
    """The delivery settings as the dispatcher's pace."""
    first = Micros(int(section.first_retry.total_seconds() * SECOND))
    return Pace(
        in_flight=section.in_flight,
        retry=Backoff(first, Micros(int(section.longest_retry.total_seconds() * SECOND))),
        gate=Backoff(first, Micros(int(section.longest_probe.total_seconds() * SECOND))),
    )
