"""What the bridge counts for Prometheus. Labels are words of ours, never of a person."""

from collections.abc import Callable
from dataclasses import asdict

from prometheus_client import Counter, Gauge, Histogram

from peak_app.domain.meetings.bridges import PlaceElsewhere, PlacesTaken
from peak_app.domain.meetings.places import BridgeState
from peak_app.domain.meetings.ticket import TicketNotValid
from peak_app.domain.meetings.turns import DelayParts
from peak_app.errors import Conflict, InvalidInput, NotFound, PeakError, VoiceUnavailable
from peak_app.metrics.page import new_registry

REGISTRY = new_registry()

_REASONS: tuple[tuple[type[PeakError], str], ...] = (
    (PlacesTaken, "line"),
    (PlaceElsewhere, "elsewhere"),
    (TicketNotValid, "ticket"),
    (InvalidInput, "offer"),
    (NotFound, "meeting"),
    (Conflict, "meeting"),
    (VoiceUnavailable, "model"),
)
"""Why an offer is refused; what is in none of them is the database's fault."""

_calls = Gauge("peak_bridge_calls", "Calls that are held.", registry=REGISTRY)
_capacity = Gauge("peak_bridge_capacity", "Calls that can be held.", registry=REGISTRY)
_draining = Gauge("peak_bridge_draining", "1 while no new calls are taken before the end.", registry=REGISTRY)
_lag = Gauge(
    "peak_bridge_loop_lag_p99_seconds", "How late the event loop is, 99th percentile of a minute.", registry=REGISTRY
)
_journal = Gauge("peak_bridge_journal_waiting", "Writes that wait for the database.", registry=REGISTRY)
_offers = Counter("peak_bridge_offers", "Offers of pages that were answered.", registry=REGISTRY)
_refusals = Counter("peak_bridge_refusals", "Offers of pages that were refused.", ("reason",), registry=REGISTRY)
_reconnects = Counter("peak_bridge_model_reconnects", "Times a call's line to the model came back.", registry=REGISTRY)
_reply_delay = Histogram(
    "peak_bridge_reply_delay_seconds",
    "From the end of the person's speech to the agent's first sound, and the parts of it.",
    ("part",),
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10),
    registry=REGISTRY,
)


def watch(
    state: Callable[[], BridgeState], *, loop_lag_ms: Callable[[], float], journal_waiting: Callable[[], int]
) -> None:
    """Show the state of this process. The functions are called on another thread whenever someone reads."""
    _calls.set_function(lambda: state().calls)
    _capacity.set_function(lambda: state().capacity)
    _draining.set_function(lambda: state().is_draining)
    _lag.set_function(lambda: loop_lag_ms() / 1000)
    _journal.set_function(journal_waiting)


def count_offer() -> None:
    _offers.inc()


def count_refusal(error: PeakError) -> None:
    reason = next((reason for kind, reason in _REASONS if isinstance(error, kind)), "database")
    _refusals.labels(reason).inc()


def count_reconnect() -> None:
    """A call's line to the model broke and is back."""
    _reconnects.inc()


def note_reply_delay(total_ms: int, parts: DelayParts | None) -> None:
    """An agent's first sound left so long after the person had finished; None: the parts were not measured."""
    _reply_delay.labels("total").observe(total_ms / 1000)
    for name, part_ms in (asdict(parts) if parts else {}).items():
        _reply_delay.labels(name).observe(part_ms / 1000)
