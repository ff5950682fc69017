"""What the product needs of payments: by Polar's real SDK over HTTP, against the sandbox that speaks its protocol."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import get_args
from uuid import UUID, uuid4

import httpx
import pytest
from polar.v2026_10.literals import SubscriptionStatus
from polar.v2026_10.outputs import Status
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from peak_app.adapters.polar.payments import PolarAccess, PolarPayments
from peak_app.embedded.payments_sandbox import shapes
from peak_app.embedded.payments_sandbox.bells import event_body, signed_headers
from peak_app.embedded.payments_sandbox.books import Books, read_books
from peak_app.embedded.payments_sandbox.server import Sandbox, Terms
from peak_app.embedded.payments_sandbox.shapes import Product
from peak_app.ports.payments import Customer, PaymentsUnavailable, Usage, WebhookRefused
from tests.emulators.loopback_services import serving
from tests.ports import free_port

SECRET, TOKEN = "a secret of forty characters or thereabouts", "token-1"
SOLD = Product(str(uuid4()), "Plus", 600, 1900, "usd")
BACK = "https://peak.example.org/billing"
OPENED: list[PolarPayments] = []
SUCCESS = f"{BACK}?checkout={{CHECKOUT_ID}}"


@dataclass
class Stage:
    """The sandbox on a port, the adapter that speaks to it, and what its bell brought."""

    url: str
    file: Path
    payments: PolarPayments
    now: list[datetime]
    rung: list[tuple[bytes, dict[str, str]]] = field(default_factory=list)
    customer: Customer = field(default_factory=lambda: Customer(uuid4(), "ann@example.org"))

    def pages(self) -> httpx.Client:
        return httpx.Client(trust_env=False, timeout=10)

    def buy(self, do: str = "pay") -> httpx.Response:
        url = self.payments.create_checkout(self.customer, success_url=SUCCESS, return_url=BACK)
        with self.pages() as browser:
            assert "no money moves" in browser.get(url).text
            return browser.post(url, data={"do": do})

    def do(self, what: str) -> None:
        """Press a button of the portal."""
        url = self.payments.create_portal_link(self.customer.user_id, return_url=BACK)
        with self.pages() as browser:
            page = browser.get(url).text
            assert "no money moves" in page
            found = re.search(rf'name="do" value="{what}"><input type="hidden" name="id" value="([0-9a-f-]+)"', page)
            assert found, what
            assert browser.post(url, data={"do": what, "id": found[1]}).status_code == 303

    def until_rung(self, count: int) -> list[str]:
        """Kinds of the events once there are so many: the bell is rung after the answer."""
        for _ in range(500):
            if len(self.rung) >= count:
                break
            time.sleep(0.01)
        return [json.loads(body)["type"] for body, _ in self.rung]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    now = [datetime(2026, 3, 10, 9, 0, tzinfo=UTC)]
    rung: list[tuple[bytes, dict[str, str]]] = []

    async def hear(request: Request) -> Response:
        rung.append((await request.body(), dict(request.headers)))
        return JSONResponse({}, 202)

    with serving(Starlette(routes=[Route("/bell", hear, methods=["POST"])])) as bell:
        file = tmp_path / "books.json"
        # Signatures are of this very moment, whatever time it is in the sandbox.
        terms = Terms(SOLD, TOKEN, f"{bell}/bell", SECRET, file, lambda: now[0])
        with serving(Starlette(routes=[Mount("/dev/payments", Sandbox(terms).app())])) as origin:
            url = f"{origin}/dev/payments"
            yield Stage(url, file, adapter(url), now, rung)


def adapter(url: str, **more: object) -> PolarPayments:
    access = PolarAccess(
        **{"token": TOKEN, "webhook_secret": SECRET, "product_id": SOLD.product_id, "url": url, **more}
    )  # pyright: ignore[reportArgumentType]
    OPENED.append(PolarPayments(access, name="sandbox", is_sandbox=True))
    return OPENED[-1]


@pytest.fixture(autouse=True)
def _close_adapters() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


def test_whoever_buys_is_subscribed_for_a_month_and_has_an_invoice(stage: Stage) -> None:
    assert stage.payments.fetch_subscriptions(stage.customer.user_id) == []

    answer = stage.buy()

    checkout_id = next(iter(read_books(stage.file).checkouts))
    assert (answer.status_code, answer.headers["location"]) == (303, f"{BACK}?checkout={checkout_id}")
    (subscribed,) = stage.payments.fetch_subscriptions(stage.customer.user_id)
    assert (subscribed.status, subscribed.cancels_at_period_end) == ("active", False)
    assert subscribed.period_end == datetime(2026, 4, 10, 9, 0, tzinfo=UTC)
    (invoice,) = stage.payments.fetch_invoices(stage.customer.user_id, 10)
    assert (invoice.amount_cents, invoice.currency, invoice.is_paid) == (1900, "usd", True)


def test_a_declined_card_buys_nothing_and_may_be_tried_again(stage: Stage) -> None:
    answer = stage.buy("decline")

    assert "The card was declined" in answer.text
    assert stage.payments.fetch_subscriptions(stage.customer.user_id) == []
    assert stage.rung == []


def test_nobody_sees_what_someone_else_has(stage: Stage) -> None:
    stage.buy()
    stranger = uuid4()
    assert stage.payments.fetch_subscriptions(stranger) == []
    assert stage.payments.fetch_invoices(stranger, 10) == []
    with pytest.raises(PaymentsUnavailable) as refused:
        stage.payments.create_portal_link(stranger, return_url=BACK)
    assert not refused.value.retryable


@pytest.mark.parametrize(
    ("buttons", "status", "cancels", "event"),
    [
        (["cancel"], "active", True, "subscription.canceled"),
        (["cancel", "keep"], "active", False, "subscription.uncanceled"),
        (["fail"], "past_due", False, "subscription.past_due"),
        (["fail", "recover"], "active", False, "subscription.active"),
        (["revoke"], "canceled", False, "subscription.revoked"),
        (["cancel", "renew"], "canceled", True, "subscription.updated"),
    ],
)
def test_the_portal_changes_a_subscription_and_rings(stage, buttons, status: str, cancels: bool, event: str) -> None:
    stage.buy()
    for number, button in enumerate(buttons):
        stage.until_rung(3 + number)
        stage.do(button)

    (subscribed,) = stage.payments.fetch_subscriptions(stage.customer.user_id)
    assert (subscribed.status, subscribed.cancels_at_period_end) == (status, cancels)
    assert stage.until_rung(3 + len(buttons))[3:][-1] == event


def test_a_subscription_renews_by_itself_and_a_cancelled_one_ends(stage: Stage) -> None:
    stage.buy()
    stage.now[0] += timedelta(days=40)
    (renewed,) = stage.payments.fetch_subscriptions(stage.customer.user_id)
    assert (renewed.status, renewed.period_end) == ("active", datetime(2026, 5, 10, 9, 0, tzinfo=UTC))
    assert len(stage.payments.fetch_invoices(stage.customer.user_id, 10)) == 2

    stage.do("cancel")
    stage.now[0] += timedelta(days=40)
    (ended,) = stage.payments.fetch_subscriptions(stage.customer.user_id)
    assert ended.status == "canceled"


def test_ending_all_subscriptions_ends_them_at_once_and_rings_and_may_be_repeated(stage: Stage) -> None:
    stage.buy()
    stage.until_rung(3)
    stage.do("fail")
    stage.buy()
    stage.until_rung(7)

    assert stage.payments.end_subscriptions(stage.customer.user_id) == 2

    found = stage.payments.fetch_subscriptions(stage.customer.user_id)
    assert [each.status for each in found] == ["canceled", "canceled"]
    assert stage.until_rung(9)[7:] == ["subscription.revoked"] * 2
    assert stage.payments.end_subscriptions(stage.customer.user_id) == 0
    stage.now[0] += timedelta(days=40)
    assert len(stage.payments.fetch_invoices(stage.customer.user_id, 10)) == 3


def test_ending_subscriptions_leaves_those_of_others(stage: Stage) -> None:
    stage.buy()
    assert stage.payments.end_subscriptions(uuid4()) == 0
    assert stage.payments.fetch_subscriptions(stage.customer.user_id)[0].status == "active"


@pytest.mark.parametrize(("status_code", "kind"), [(403, "AlreadyCanceledSubscription"), (404, "ResourceNotFound")])
def test_what_has_ended_meanwhile_is_no_fault(status_code: int, kind: str) -> None:
    with serving(never_ending(status_code, kind)) as url:
        assert adapter(url).end_subscriptions(uuid4()) == 1


@pytest.mark.parametrize(("status_code", "kind"), [(409, "SubscriptionLocked"), (500, "InternalError"), (429, "Slow")])
def test_what_could_not_be_ended_is_said(status_code: int, kind: str) -> None:
    with serving(never_ending(status_code, kind)) as url, pytest.raises(PaymentsUnavailable):
        adapter(url).end_subscriptions(uuid4())


def never_ending(status_code: int, kind: str) -> Starlette:
    """Knows of one active subscription, and answers so when it shall end."""
    books = Books()
    at = datetime(2026, 3, 10, tzinfo=UTC)
    known = books.buy(books.open_checkout(str(uuid4()), "ann@example.org", SUCCESS, BACK, at), 1900, "usd", at)

    async def show(_request: Request) -> Response:
        return JSONResponse(shapes.listing([shapes.subscription(known, SOLD)], 10, 1))

    async def end(_request: Request) -> Response:
        return JSONResponse({"error": kind, "detail": "no"}, status_code)

    return Starlette(
        routes=[
            Route("/v1/subscriptions/", show),
            Route(f"/v1/subscriptions/{known.id}", end, methods=["DELETE"]),
        ]
    )


def test_the_sandbox_remembers_after_a_restart(stage: Stage) -> None:
    stage.buy()
    again = Sandbox(Terms(SOLD, TOKEN, "http://127.0.0.1:9", SECRET, stage.file, lambda: stage.now[0]))
    with serving(Starlette(routes=[Mount("/dev/payments", again.app())])) as origin:
        assert adapter(f"{origin}/dev/payments").fetch_subscriptions(stage.customer.user_id)[0].status == "active"
    assert stage.file.stat().st_mode & 0o077 == 0
    # Who deletes their account leaves no address here, whether or not they bought.
    stage.payments.create_checkout(stage.customer, success_url=SUCCESS, return_url=BACK)
    assert stage.customer.email not in stage.file.read_text()


def test_a_checkout_works_once_and_for_an_hour(stage: Stage) -> None:
    url = stage.payments.create_checkout(stage.customer, success_url=SUCCESS, return_url=BACK)
    with stage.pages() as browser:
        stage.now[0] += timedelta(hours=1)
        assert browser.get(url).status_code == 404
        stage.now[0] -= timedelta(minutes=1)
        assert browser.post(url, data={"do": "pay"}).status_code == 303
        assert browser.post(url, data={"do": "pay"}).status_code == 404
    assert len(stage.payments.fetch_subscriptions(stage.customer.user_id)) == 1


@pytest.mark.parametrize("path", ["checkout/%C3%A9", "checkout/%00", "portal/%C3%A9"])
def test_a_link_that_nobody_has_is_over(stage: Stage, path: str) -> None:
    stage.payments.create_checkout(stage.customer, success_url=SUCCESS, return_url=BACK)
    with stage.pages() as browser:
        for answer in (browser.get(f"{stage.url}/{path}"), browser.post(f"{stage.url}/{path}", data={"do": "pay"})):
            assert (answer.status_code, "This link is over" in answer.text) == (404, True)


@pytest.mark.parametrize("body", [b"do=pay&" * 50, b"\xff=%FF&do=\xff", b"do=pay&pad=" + b"x" * 70_000])
def test_a_form_that_makes_no_sense_buys_nothing(stage: Stage, body: bytes) -> None:
    url = stage.payments.create_checkout(stage.customer, success_url=SUCCESS, return_url=BACK)
    with stage.pages() as browser:
        answer = browser.post(url, content=body, headers={"content-type": "application/x-www-form-urlencoded"})
        assert (answer.status_code, "was declined" in answer.text) == (200, True)
    assert stage.payments.fetch_subscriptions(stage.customer.user_id) == []


def test_markup_in_an_address_is_shown_as_text(stage: Stage) -> None:
    customer = Customer(uuid4(), "<img src=x onerror=alert(1)>@example.org")
    url = stage.payments.create_checkout(customer, success_url=SUCCESS, return_url=BACK)
    with stage.pages() as browser:
        page = browser.get(url).text
    assert "<img" not in page
    assert "&lt;img src=x" in page


class TestUsage:
    """What was used is counted under a key of ours, once."""

    def test_what_is_told_twice_counts_once(self, stage: Stage) -> None:
        used = Usage("meeting:1", stage.customer.user_id, 754, stage.now[0])
        assert stage.payments.report_usage(used)
        assert not stage.payments.report_usage(used)
        (event,) = read_books(stage.file).events.values()
        assert (event.external_id, event.customer) == ("meeting:1", str(stage.customer.user_id))
        assert event.metadata == {"seconds": 754, "minutes": 12.57}

    def test_the_operator_names_the_event_as_the_meter_expects_it(self, stage: Stage) -> None:
        adapter(stage.url, usage_event="practice").report_usage(Usage("meeting:1", uuid4(), 60, stage.now[0]))
        assert [event.name for event in read_books(stage.file).events.values()] == ["practice"]

    def test_the_count_is_remembered_after_a_restart(self, stage: Stage) -> None:
        used = Usage("meeting:1", stage.customer.user_id, 60, stage.now[0])
        assert stage.payments.report_usage(used)
        again = Sandbox(Terms(SOLD, TOKEN, "http://127.0.0.1:9", SECRET, stage.file, lambda: stage.now[0]))
        with serving(Starlette(routes=[Mount("/dev/payments", again.app())])) as origin:
            assert not adapter(f"{origin}/dev/payments").report_usage(used)

    def test_what_is_still_to_come_is_refused(self, stage: Stage) -> None:
        with pytest.raises(PaymentsUnavailable) as refused:
            stage.payments.report_usage(Usage("meeting:1", uuid4(), 60, stage.now[0] + timedelta(seconds=1)))
        assert not refused.value.retryable
        assert read_books(stage.file).events == {}

    @pytest.mark.parametrize(
        "change",
        [
            {"name": ""},
            {"external_customer_id": None},
            {"external_id": "x" * 129},
            {"timestamp": "2026-03-10T09:00:00"},
            {"metadata": {"note": "x" * 501}},
            {"metadata": {"x" * 41: 1}},
            {"metadata": {str(number): number for number in range(51)}},
            {"metadata": {"nested": {"a": 1}}},
        ],
    )
    def test_the_sandbox_refuses_what_polar_refuses(self, stage: Stage, change: dict[str, object]) -> None:
        event = {
            "name": "interview",
            "external_customer_id": "1",
            "external_id": "meeting:1",
            "timestamp": "2026-03-10T09:00:00Z",
        }
        with stage.pages() as client:
            key = {"authorization": f"Bearer {TOKEN}"}
            url = f"{stage.url}/v1/events/ingest"
            assert client.post(url, json={"events": [event | change]}, headers=key).status_code == 422
            assert client.post(url, json={"events": [event]}).status_code == 401
            assert client.post(url, json={"events": [event]}, headers=key).json() == {"inserted": 1, "duplicates": 0}

    @pytest.mark.parametrize(
        ("answer", "retryable"),
        [
            (JSONResponse({"inserted": 0, "duplicates": 0}), True),
            (JSONResponse({}), True),
            (Response("<html>"), True),
            (JSONResponse({"error": "InternalError", "detail": "no"}, 500), True),
            (JSONResponse({"error": "TooMany", "detail": "no"}, 429), True),
            (JSONResponse({"error": "insufficient_scope", "detail": "no"}, 403), False),
        ],
    )
    def test_what_was_not_counted_is_said(self, answer: Response, retryable: bool) -> None:
        async def reply(_request: Request) -> Response:
            return answer

        routes = [Route("/v1/events/ingest", reply, methods=["POST"])]
        with serving(Starlette(routes=routes)) as url:
            with pytest.raises(PaymentsUnavailable) as away:
                adapter(url).report_usage(Usage("meeting:1", uuid4(), 60, datetime(2026, 3, 10, tzinfo=UTC)))
            assert away.value.retryable is retryable


class TestDoorbells:
    def test_what_the_sandbox_sends_is_rightly_signed_and_names_the_person(self, stage: Stage) -> None:
        stage.now[0] = datetime.now(UTC)
        stage.buy()
        stage.until_rung(3)
        bells = [stage.payments.read_webhook(body, headers) for body, headers in stage.rung]
        assert [bell.kind for bell in bells] == ["subscription.created", "subscription.active", "order.paid"]
        assert {bell.user_id for bell in bells} == {stage.customer.user_id}
        assert len({bell.event_id for bell in bells}) == 3

    @pytest.mark.parametrize("seconds", [-400, 400])
    def test_another_time_is_refused(self, seconds: int) -> None:
        with pytest.raises(WebhookRefused):
            self.read(at=datetime.now(UTC) + timedelta(seconds=seconds))

    def test_another_secret_is_refused(self) -> None:
        with pytest.raises(WebhookRefused):
            self.read(secret="another")

    @pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
    @pytest.mark.parametrize("value", [None, "", "nan", "v1,AAAA", "v2,AAAA", "\x00"])
    def test_missing_and_forged_headers_are_refused(self, name: str, value: str | None) -> None:
        with pytest.raises(WebhookRefused):
            self.read(replaced={name: value})

    def test_one_changed_byte_is_refused(self) -> None:
        with pytest.raises(WebhookRefused):
            self.read(change=lambda body: body.replace(b"order.paid", b"order.pAid"))

    @pytest.mark.parametrize("body", [b"\xff", b'{"type": "order.paid", "data": {"customer": "\xff"}}'])
    @pytest.mark.parametrize("headers", [{}, {"webhook-id": "made up"}])
    def test_bytes_that_are_no_text_get_round_no_signature(self, body: bytes, headers: dict[str, str]) -> None:
        """The SDK gives up on them before it looks at the signature."""
        with pytest.raises(WebhookRefused):
            adapter("http://127.0.0.1:9").read_webhook(body, headers)

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (b"", "unreadable"),
            (b"[1]", "unknown"),
            (b'{"type": 7, "data": {}}', "unknown"),
            (b'{"type": "of.the.future", "data": {"customer": {"external_id": "no id"}}}', "of.the.future"),
            (b'{"type": "order.paid", "data": {"customer": {"external_id": ["a"]}}}', "order.paid"),
            (b'{"type": "order.paid"}', "order.paid"),
        ],
    )
    def test_what_is_rightly_signed_is_taken_whatever_it_holds(self, body: bytes, kind: str) -> None:
        bell = self.read(body=body)
        assert (bell.event_id, bell.kind, bell.user_id) == ("event-1", kind, None)

    @pytest.mark.parametrize("kind", ["customer.updated", "checkout.updated", "subscription.active"])
    def test_the_person_is_found_wherever_polar_names_them(self, kind: str) -> None:
        person = UUID(int=7)
        data = {
            "customer.updated": {"external_id": str(person)},
            "checkout.updated": {"external_customer_id": str(person)},
            "subscription.active": {"customer": {"external_id": str(person)}},
        }[kind]
        assert self.read(body=event_body(kind, data, datetime.now(UTC))).user_id == person

    def read(
        self,
        *,
        body: bytes = b'{"type": "order.paid", "data": {}}',
        at: datetime | None = None,
        secret: str = SECRET,
        replaced: dict[str, str | None] | None = None,
        change: Callable[[bytes], bytes] = lambda body: body,
    ):
        headers = signed_headers(secret, "event-1", at or datetime.now(UTC), body)
        for name, value in (replaced or {}).items():
            headers.pop(name)
            if value is not None:
                headers[name] = value
        return adapter("http://127.0.0.1:9").read_webhook(change(body), headers)


class TestFaults:
    """A provider that is away, or talks nonsense, is always the same to the product: what was known holds."""

    @pytest.mark.parametrize("status_code", [401, 404, 422, 429, 500, 503])
    def test_a_refusal_or_a_fault_of_the_server(self, status_code: int) -> None:
        self.expect_unavailable(JSONResponse({"error": "Nope", "detail": "no"}, status_code))

    @pytest.mark.parametrize("content", ["", "<html>", "{}", '{"items": 7}', '{"items": [{}], "pagination": {}}'])
    def test_an_answer_that_makes_no_sense(self, content: str) -> None:
        self.expect_unavailable(Response(content, media_type="application/json"))

    @pytest.mark.parametrize("field", ["created_at", "modified_at", "current_period_end", "started_at"])
    @pytest.mark.parametrize("time", ["2026-03-10T09:00:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
    def test_a_time_that_is_no_moment(self, field: str, time: str) -> None:
        """It would end whoever compares it with the moments of everyone else."""
        books, at = Books(), datetime(2026, 3, 10, tzinfo=UTC)
        known = books.buy(books.open_checkout(str(uuid4()), "", SUCCESS, BACK, at), 1900, "usd", at)
        told = shapes.subscription(known, SOLD) | {"modified_at": None, field: time}
        self.expect_unavailable(JSONResponse(shapes.listing([told], 10, 1)))

    def test_nobody_there(self) -> None:
        payments = adapter(f"http://127.0.0.1:{free_port()}")
        with pytest.raises(PaymentsUnavailable):
            payments.fetch_subscriptions(uuid4())

    def test_one_that_takes_too_long(self) -> None:
        async def sleep(_request: Request) -> Response:
            await asyncio.sleep(1.0)
            return JSONResponse({})

        with (
            serving(Starlette(routes=[Route("/v1/subscriptions/", sleep)])) as url,
            pytest.raises(PaymentsUnavailable),
        ):
            adapter(url, timeout_s=0.2).fetch_subscriptions(uuid4())

    @pytest.mark.parametrize("proxy", ["HTTP_PROXY", "ALL_PROXY"])
    def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(self, stage, monkeypatch, proxy: str) -> None:
        monkeypatch.setenv(proxy, "http://127.0.0.1:9")
        assert adapter(stage.url).fetch_subscriptions(uuid4()) == []

    def test_a_wrong_key_is_refused(self, stage: Stage) -> None:
        with pytest.raises(PaymentsUnavailable) as refused:
            adapter(stage.url, token="another").fetch_subscriptions(uuid4())
        assert not refused.value.retryable

    def expect_unavailable(self, answer: Response) -> None:
        async def reply(_request: Request) -> Response:
            return answer

        with serving(Starlette(routes=[Route("/v1/subscriptions/", reply)])) as url:
            with pytest.raises(PaymentsUnavailable) as away:
                adapter(url).fetch_subscriptions(uuid4())
            assert away.value.sentence.startswith("The payment service")


def test_the_sdk_still_knows_no_state_of_a_paying_customer_where_we_do_not_ask_for_it() -> None:
    """When this fails the SDK has been mended: read `customers.get_state_external`, one request instead of a list."""
    assert set(get_args(Status)).isdisjoint(get_args(SubscriptionStatus)), version("polar-sdk")


@pytest.mark.parametrize("status", get_args(SubscriptionStatus))
def test_every_state_of_a_subscription_that_polar_has_can_be_read(status: str) -> None:
    """The SDK of 1.0.2 has a wrong type for it elsewhere; what we read must know them all."""
    books = Books()
    at = datetime(2026, 3, 10, tzinfo=UTC)
    known = books.buy(books.open_checkout(str(uuid4()), "ann@example.org", SUCCESS, BACK, at), 1900, "usd", at)
    known.status = status

    async def reply(_request: Request) -> Response:
        return JSONResponse(shapes.listing([shapes.subscription(known, SOLD)], 10, 1))

    with serving(Starlette(routes=[Route("/v1/subscriptions/", reply)])) as url:
        (found,) = adapter(url).fetch_subscriptions(uuid4())
    assert found.status == status
