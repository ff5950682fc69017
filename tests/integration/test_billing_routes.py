"""Upgrading through the real web process: the sandbox's checkout, and the webhooks it sends to the same process."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from sqlmodel import select

from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.billing.models import Subscription, WebhookDelivery
from peak_app.domain.billing.sandbox import sandbox_secret, sandbox_token
from peak_app.embedded.payments_sandbox.bells import event_body, signed_headers
from peak_app.wiring import Services
from tests.conftest import ScratchDatabase
from tests.integration.web_stage import Browser, WebStage, running_web

ANN = "ann@example.org"
WEBHOOK = "/api/webhooks/polar"
BILLING = "billing____billing_state"
FRAME = "frame____frame_state"


@pytest.fixture(scope="module")
def running(scratch_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebStage]:
    folder = tmp_path_factory.mktemp("web")
    told = {"PEAK_BRIDGE_URL": "http://127.0.0.1:9", "PEAK_OPS_URL": "http://127.0.0.1:9", "PEAK_PAID_MINUTES": "500"}
    with running_web(scratch_database.settings, scratch_database.web_url, folder, told) as web:
        yield web


@pytest.fixture
def ann(web: WebStage) -> Browser:
    browser = web.browser()
    browser.sign_in(ANN)
    return browser


def user_id(sessions: TenantSessions) -> UUID:
    with sessions.for_email(ANN) as session:
        return session.exec(select(Account.id)).one()


def press(browser: Browser, path: str) -> str:
    """Press a button that leads to the payment pages; gives where it leads."""
    answer = browser.http.post(path)
    assert answer.status_code == 200
    found = re.fullmatch(r"0; url=(\S+)", answer.headers["refresh"])
    assert found
    assert f'href="{found[1]}"' in answer.text
    return found[1]


def buy(browser: Browser) -> httpx.Response:
    url = press(browser, "/billing/checkout")
    assert url.startswith(f"{browser.stage.origin}/dev/payments/checkout/")
    assert "no money moves" in browser.http.get(url).text
    return browser.http.post(url, data={"do": "pay"})


def standing(sessions: TenantSessions, within_s: float = 10.0, wanted: str = "active") -> Subscription | None:
    """What is known of the subscription, once it is in the wanted standing, or at the end of the wait."""
    deadline = time.monotonic() + within_s
    me = user_id(sessions)
    while True:
        with sessions.for_user(me) as session:
            row = session.get(Subscription, me)
        if (row and row.standing == wanted) or time.monotonic() > deadline:
            return row
        time.sleep(0.05)


def deliveries(worker_sessions: TenantSessions) -> list[str]:
    with worker_sessions.without_tenant() as session:
        return [
            each.payload["type"] for each in session.exec(select(WebhookDelivery).order_by(WebhookDelivery.id)).all()
        ]  # pyright: ignore[reportArgumentType]


def test_the_webhook_alone_makes_the_upgrade_good(web, ann: Browser, sessions, worker_sessions) -> None:
    """Whoever closes the browser at the checkout has what they bought all the same."""
    answer = buy(ann)
    assert answer.headers["location"].startswith(f"{web.origin}/billing?checkout=")

    row = standing(sessions)
    assert row
    assert (row.standing, row.provider) == ("active", "sandbox")
    for _ in range(100):
        if len(deliveries(worker_sessions)) == 3:
            break
        time.sleep(0.05)
    assert deliveries(worker_sessions) == ["subscription.created", "subscription.active", "order.paid"]


async def test_the_open_page_changes_by_itself_and_shows_plan_and_invoice(web, ann: Browser, sessions) -> None:
    async with ann.page("/billing") as page:
        await page.until(lambda: page.var(BILLING, "is_loaded"))
        assert (page.var(BILLING, "plan"), page.var(BILLING, "can_upgrade")) == ("Free", True)
        assert page.var(BILLING, "is_sandbox") is True
        buy(ann)
        await page.until(lambda: page.var(BILLING, "plan") == "Plus")
        await page.until(lambda: page.var(FRAME, "included_ms") == 500 * 60_000)
        assert (page.var(BILLING, "can_upgrade"), page.var(BILLING, "can_manage")) == (False, True)
    async with ann.page("/billing") as again:
        await again.until(lambda: again.var(BILLING, "invoices"))
        (invoice,) = again.var(BILLING, "invoices")
        assert (invoice["amount"], invoice["outcome"]) == ("$19", "Paid")


async def test_coming_back_with_a_forged_address_upgrades_nobody(ann: Browser) -> None:
    press(ann, "/billing/checkout")
    async with ann.page(f"/billing?checkout={uuid4()}") as page:
        await page.until(lambda: page.var(BILLING, "is_confirming"))
        assert page.var(BILLING, "plan") == "Free"


def test_cancelling_in_the_portal_is_heard_of(ann: Browser, sessions) -> None:
    buy(ann)
    assert standing(sessions)
    url = press(ann, "/billing/portal")
    page = ann.http.get(url).text
    found = re.search(r'value="revoke"><input type="hidden" name="id" value="([0-9a-f-]+)"', page)
    assert found
    assert ann.http.post(url, data={"do": "revoke", "id": found[1]}).status_code == 303
    row = standing(sessions, wanted="ended")
    assert row
    assert row.standing == "ended"


def test_a_deleted_account_is_charged_no_more(web, ann: Browser, sessions, database: ScratchDatabase) -> None:
    buy(ann)
    assert standing(sessions)
    me = user_id(sessions)
    services = Services(database.settings, "web")
    farewell = services.departures.delete_account(me, ANN)
    assert farewell.receipt.plan == "ending"

    # Whatever the provider tells of someone who left has their subscriptions ended without waiting for the next look.
    body = event_body("customer.updated", {"external_id": str(me)}, datetime.now(UTC))
    headers = signed_headers(sandbox_secret(database.settings), str(uuid4()), datetime.now(UTC), body)
    assert httpx.post(f"{web.origin}{WEBHOOK}", content=body, headers=headers, trust_env=False).status_code == 202

    for _ in range(200):
        if services.departures.get_receipt(farewell.secret).plan == "ended":
            break
        time.sleep(0.05)
    assert services.departures.get_receipt(farewell.secret).plan == "ended"
    listed = httpx.get(
        f"{web.origin}/dev/payments/v1/subscriptions/?external_customer_id={me}",
        headers={"authorization": f"Bearer {sandbox_token(database.settings)}"},
        trust_env=False,
    ).json()
    assert [each["status"] for each in listed["items"]] == ["canceled"]


def test_who_never_bought_is_told_so_instead_of_a_portal(ann: Browser) -> None:
    answer = ann.http.post("/billing/portal")
    assert (answer.status_code, "nothing to manage" in answer.text) == (404, True)


@pytest.mark.parametrize("path", ["/billing/checkout", "/billing/portal"])
def test_strangers_and_foreign_pages_open_nothing(web: WebStage, ann: Browser, path: str) -> None:
    assert web.browser().http.post(path).status_code == 401
    assert ann.http.post(path, headers={"origin": "https://evil.example"}).status_code == 403
    assert ann.http.get(path).status_code in (404, 405)


class TestWebhooks:
    def send(self, web: WebStage, body: bytes, headers: dict[str, str]) -> httpx.Response:
        """As a server does it: without an origin, and without a cookie."""
        return httpx.post(f"{web.origin}{WEBHOOK}", content=body, headers=headers, trust_env=False, timeout=10)

    def bell(self, sessions: TenantSessions) -> bytes:
        data = {"customer": {"external_id": str(user_id(sessions))}}
        return event_body("subscription.updated", data, datetime.now(UTC))

    def test_a_replay_is_answered_alike_and_kept_once(self, web, ann, sessions, worker_sessions) -> None:
        body = self.bell(sessions)
        headers = signed_headers(sandbox_secret(web.settings), "event-1", datetime.now(UTC), body)
        answers = [self.send(web, body, headers) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [202] * 3
        assert [answer.json()["is_new"] for answer in answers] == [True, False, False]
        assert deliveries(worker_sessions) == ["subscription.updated"]

    @pytest.mark.parametrize("seconds", [-301, 301])
    def test_an_old_or_a_future_one_is_refused(self, web, ann, sessions, worker_sessions, seconds: int) -> None:
        body, at = self.bell(sessions), datetime.now(UTC) + timedelta(seconds=seconds)
        assert self.send(web, body, signed_headers(sandbox_secret(web.settings), "e", at, body)).status_code == 403
        assert deliveries(worker_sessions) == []

    def test_a_wrong_signature_is_refused(self, web, ann, sessions, worker_sessions) -> None:
        body = self.bell(sessions)
        headers = signed_headers("another secret", "event-1", datetime.now(UTC), body)
        assert self.send(web, body, headers).status_code == 403
        assert self.send(web, body, {}).status_code == 403
        assert self.send(web, b"\xff", {"webhook-id": "made up"}).status_code == 403
        right = signed_headers(sandbox_secret(web.settings), "event-1", datetime.now(UTC), body)
        assert self.send(web, body + b" ", right).status_code == 403
        assert deliveries(worker_sessions) == []

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"type": "new.kind", "data": null}'])
    def test_what_makes_no_sense_but_is_rightly_signed_is_taken(self, web, ann, sessions, body: bytes) -> None:
        headers = signed_headers(sandbox_secret(web.settings), uuid4().hex, datetime.now(UTC), body)
        assert self.send(web, body, headers).status_code == 202

    def test_a_huge_one_is_refused(self, web: WebStage, ann: Browser) -> None:
        body = b"x" * (300 * 1024)
        headers = signed_headers(sandbox_secret(web.settings), "event-1", datetime.now(UTC), body)
        assert self.send(web, body, headers).status_code == 413


class TestSandbox:
    def test_its_interface_wants_its_key(self, web: WebStage) -> None:
        url = f"{web.origin}/dev/payments/v1/subscriptions/"
        assert httpx.get(url, trust_env=False).status_code == 401
        key = {"authorization": f"Bearer {sandbox_token(web.settings)}"}
        assert httpx.get(url, headers=key, trust_env=False).json()["items"] == []

    @pytest.mark.parametrize("header", [{"x-forwarded-for": "203.0.113.7"}, {"forwarded": "for=203.0.113.7"}])
    def test_through_a_proxy_it_is_not_there(self, ann: Browser, header: dict[str, str]) -> None:
        url = press(ann, "/billing/checkout")
        assert ann.http.get(url, headers=header).status_code == 404

    def test_a_foreign_page_presses_no_button_in_it(self, ann: Browser) -> None:
        url = press(ann, "/billing/checkout")
        assert ann.http.post(url, data={"do": "pay"}, headers={"origin": "https://evil.example"}).status_code == 403

    def test_no_secret_reaches_the_log(self, web: WebStage, ann: Browser) -> None:
        buy(ann)
        log = web.log.read_text()
        assert ANN not in log
        assert sandbox_token(web.settings) not in log


def test_where_everyone_could_come_there_is_no_sandbox(
    scratch_database: ScratchDatabase, tmp_path_factory: pytest.TempPathFactory
) -> None:
    told = {"PEAK_PUBLIC_URL": "https://peak.example.org", "PEAK_OPS_URL": "http://127.0.0.1:9"}
    folder = tmp_path_factory.mktemp("public")
    with running_web(scratch_database.settings, scratch_database.web_url, folder, told) as web:
        key = {"authorization": f"Bearer {sandbox_token(web.settings)}"}
        assert httpx.get(f"{web.origin}/dev/payments/v1/orders/", headers=key, trust_env=False).status_code == 404
        assert httpx.post(f"{web.origin}{WEBHOOK}", content=b"{}", trust_env=False).status_code == 404
