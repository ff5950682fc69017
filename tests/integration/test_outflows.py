"""What left this machine is counted where it leaves, for whom it was, and shown to nobody else."""

import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import dagster as dg
import pytest
from sqlmodel import select

from peak_app.adapters.openai.language import OpenAILanguage
from peak_app.adapters.openai.speech import OpenAISynthesiser
from peak_app.adapters.polar.payments import PolarAccess, PolarPayments
from peak_app.config import Settings
from peak_app.domain.billing.subscriptions import SubscriptionService
from peak_app.domain.meetings.deletion import DeletionService
from peak_app.domain.outflows.models import Outflow
from peak_app.domain.outflows.service import OutflowService
from peak_app.embedded.payments_sandbox.server import Sandbox, Terms
from peak_app.embedded.payments_sandbox.shapes import Product
from peak_app.errors import LanguageUnavailable, NotFound, VoiceUnavailable
from peak_app.ports.clock import system_clock
from peak_app.ports.language import EMBEDDING_DIMENSIONS, MeetingSummary
from peak_app.ports.outflows import Behalf, Contact, on_behalf_of
from peak_app.ports.payments import PaymentsUnavailable
from tests.conftest import ScratchDatabase
from tests.emulators.language_server import LanguageServer, Reply, embeddings, language_server, written
from tests.emulators.loopback_services import serving
from tests.fakes.clock import FakeClock
from tests.held_calls import HeldCalls
from tests.integration.test_pipeline_provider import Desk, answer
from tests.people import register
from tests.ports import free_port
from tests.scripted_services import ScriptedServices
from tests.unit.adapters.test_openai_language import MEETING

FAR = "models.example.org"
UNIT = [1.0] + [0.0] * (EMBEDDING_DIMENSIONS - 1)
SUMMARY = MeetingSummary(overview=[], questions=[], strengths=[], next_steps=[])


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def outflows(held: HeldCalls, clock: FakeClock) -> OutflowService:
    return OutflowService(held.sessions, clock)


@pytest.fixture(autouse=True)
def _far_is_near(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that looks far away leads to this machine, so that real requests can be made to it."""
    really = socket.getaddrinfo

    def resolve(host, *arguments, **options):
        return really("127.0.0.1" if host == FAR else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def far_url(server: LanguageServer) -> str:
    return server.url.replace("127.0.0.1", FAR)


@pytest.fixture
def language_at(
    settings_for_tests: Callable[..., Settings], outflows: OutflowService
) -> Iterator[Callable[..., OpenAILanguage]]:
    made: list[OpenAILanguage] = []

    def make(**fields: object) -> OpenAILanguage:
        made.append(OpenAILanguage(settings_for_tests(**fields), retries=1, tell=outflows.tell))
        return made[-1]

    yield make
    for language in made:
        language.close()


def shown(outflows: OutflowService, user_id: UUID) -> list[tuple[str, list[str], int, int]]:
    return [(row.host, row.purposes, row.requests, row.meeting_count) for row in outflows.list_hosts(user_id)]


def test_each_request_to_a_far_host_is_counted_for_its_meeting(
    held: HeldCalls, outflows: OutflowService, language_at, clock: FakeClock
) -> None:
    first, second = held.hold(), held.hold()
    with language_server(written(SUMMARY.model_dump_json()), embeddings([UNIT]), embeddings([UNIT])) as server:
        language = language_at(openai_base_url=far_url(server), openai_api_key="sk-test")
        with on_behalf_of(held.user_id, first):
            language.summarize(MEETING)
            language.embed(["one"])
        clock.pass_time(seconds=60)
        with on_behalf_of(held.user_id, second):
            language.embed(["two"])

    assert shown(outflows, held.user_id) == [(FAR, ["embeddings", "text"], 3, 2)]
    (host,) = outflows.list_hosts(held.user_id)
    assert {meeting_id for meeting_id, _title in host.meetings} == {first, second}
    assert (host.last_at - host.first_at).total_seconds() == 60
    of_first = outflows.list_of_meeting(held.user_id, first)
    assert [(row.purpose, row.requests) for row in of_first] == [("embeddings", 1), ("text", 1)]
    assert all(row.sent_bytes > 50 for row in of_first)


def test_attempts_that_fail_have_left_too(held: HeldCalls, outflows: OutflowService, language_at) -> None:
    meeting_id = held.hold()
    with language_server(Reply(500), Reply(500)) as server:
        language = language_at(openai_base_url=far_url(server), openai_api_key="sk-test")
        with on_behalf_of(held.user_id, meeting_id), pytest.raises(LanguageUnavailable):
            language.embed(["one"])
    assert shown(outflows, held.user_id) == [(FAR, ["embeddings"], 2, 1)]


def test_what_stays_on_this_machine_does_not_count(held: HeldCalls, outflows: OutflowService, language_at) -> None:
    meeting_id = held.hold()
    with language_server(embeddings([UNIT]), written(SUMMARY.model_dump_json())) as server:
        near = language_at(ai_url=server.url.removesuffix("/v1"))
        with on_behalf_of(held.user_id, meeting_id):
            near.embed(["one"])
            near.summarize(MEETING)
    assert outflows.list_hosts(held.user_id) == []
    assert outflows.list_of_meeting(held.user_id, meeting_id) == []


def test_what_the_embedded_server_passes_on_has_left(held: HeldCalls, outflows: OutflowService, language_at) -> None:
    meeting_id = held.hold()
    with language_server(embeddings([UNIT]), written(SUMMARY.model_dump_json())) as server:
        language = language_at(ai_url=server.url.removesuffix("/v1"), llm_base_url="https://llm.example.org/v1")
        with on_behalf_of(held.user_id, meeting_id):
            language.embed(["one"])
            language.summarize(MEETING)
    assert shown(outflows, held.user_id) == [("llm.example.org", ["text"], 1, 1)]


def test_a_spoken_sample_is_speech(
    held: HeldCalls, outflows: OutflowService, settings_for_tests: Callable[..., Settings]
) -> None:
    meeting_id = held.hold()
    with language_server(Reply(200, b"no sound")) as server, on_behalf_of(held.user_id, meeting_id):
        settings = settings_for_tests(openai_base_url=far_url(server), openai_api_key="sk-test")
        synthesiser = OpenAISynthesiser(settings, tell=outflows.tell)
        with pytest.raises(VoiceUnavailable):
            synthesiser.speak("Hello")
        synthesiser.close()
    assert shown(outflows, held.user_id) == [(FAR, ["speech"], 1, 1)]


def test_a_request_for_nobody_is_made_and_logged_without_its_host(
    held: HeldCalls, outflows: OutflowService, language_at, caplog: pytest.LogCaptureFixture
) -> None:
    with language_server(embeddings([UNIT])) as server, caplog.at_level(logging.WARNING):
        language_at(openai_base_url=far_url(server), openai_api_key="sk-test").embed(["one"])
    assert "for nobody in particular: embeddings" in caplog.text
    assert FAR not in caplog.text
    assert outflows.list_hosts(held.user_id) == []


def test_mail_is_listed_for_the_account_and_for_no_meeting(held: HeldCalls, outflows: OutflowService) -> None:
    contact = Contact("mail.example.org", "mail", sent_bytes=300)
    outflows.count_mail(held.person.email, contact)
    outflows.count_mail(held.person.email, contact)
    outflows.count_mail("nobody@example.org", contact)
    outflows.count_mail(held.person.email, Contact("localhost", "mail"))

    (host,) = outflows.list_hosts(held.user_id)
    assert (host.host, host.requests, host.sent_bytes, host.meeting_count) == ("mail.example.org", 2, 600, 0)
    assert host.meetings == []


@contextmanager
def paying_at(host: str, held: HeldCalls, outflows: OutflowService, folder: Path) -> Iterator[SubscriptionService]:
    """Subscriptions through Polar's SDK, at a sandbox that answers under this name."""
    sold = Product(str(uuid4()), "Plus", 600, 1900, "usd")
    sandbox = Sandbox(Terms(sold, "token", "http://127.0.0.1:9", "secret", folder / "books.json"))
    with serving(sandbox.app()) as origin:
        access = PolarAccess("token", "secret", sold.product_id, url=origin.replace("127.0.0.1", host))
        polar = PolarPayments(access, name="polar", is_sandbox=False, tell=outflows.tell)
        yield SubscriptionService(held.sessions, system_clock, lambda: polar)
        polar.close()


def pay(subscriptions: SubscriptionService, user_id: UUID) -> None:
    """Everything but the purchase: a checkout, the state, and the portal, which is refused."""
    subscriptions.open_checkout(user_id, success_url="https://x/billing", return_url="https://x/billing")
    assert subscriptions.refresh(user_id)
    with pytest.raises(PaymentsUnavailable):
        subscriptions.open_portal(user_id, return_url="https://x/billing")


def test_each_request_to_the_payment_service_is_counted_of_no_meeting(
    held: HeldCalls, outflows: OutflowService, tmp_path: Path
) -> None:
    with paying_at(FAR, held, outflows, tmp_path) as subscriptions:
        pay(subscriptions, held.user_id)
    assert shown(outflows, held.user_id) == [(FAR, ["payment"], 3, 0)]
    (host,) = outflows.list_hosts(held.user_id)
    assert 100 < host.sent_bytes < 2_000
    with held.sessions.for_user(held.user_id) as session:
        (row,) = session.exec(select(Outflow)).all()
    # The host alone: in its addresses the payment service is told of whom it is asked.
    assert (row.host, row.purpose, row.meeting_id) == (FAR, "payment", None)
    assert held.person.email not in str(row)


def test_the_payments_sandbox_is_this_machine(held: HeldCalls, outflows: OutflowService, tmp_path: Path) -> None:
    with paying_at("127.0.0.1", held, outflows, tmp_path) as subscriptions:
        pay(subscriptions, held.user_id)
    assert outflows.list_hosts(held.user_id) == []


def test_a_payment_service_that_is_away_was_asked_all_the_same(
    held: HeldCalls, outflows: OutflowService, caplog: pytest.LogCaptureFixture
) -> None:
    access = PolarAccess("token", "secret", str(uuid4()), url=f"http://{FAR}:{free_port()}")
    polar = PolarPayments(access, name="polar", is_sandbox=False, tell=outflows.tell)
    with pytest.raises(PaymentsUnavailable):
        SubscriptionService(held.sessions, system_clock, lambda: polar).open_checkout(
            held.user_id, success_url="https://x", return_url="https://x"
        )
    polar.close()
    assert shown(outflows, held.user_id) == [(FAR, ["payment"], 1, 0)]
    assert "for nobody in particular" not in caplog.text


def test_nobody_sees_what_left_for_someone_else(held: HeldCalls, outflows: OutflowService) -> None:
    meeting_id = held.hold()
    outflows.count(Behalf(held.user_id, meeting_id), Contact(FAR, "text"))
    bob = register(held.sessions, "bob@example.org")

    assert outflows.list_hosts(bob.user_id) == []
    with pytest.raises(NotFound):
        outflows.list_of_meeting(bob.user_id, meeting_id)
    # And nobody can have something written for someone else's meeting in a way that person would see.
    outflows.count(Behalf(bob.user_id, meeting_id), Contact("forged.example.org", "text"))
    assert shown(outflows, held.user_id) == [(FAR, ["text"], 1, 1)]


def test_counting_never_breaks_what_is_counted(
    held: HeldCalls, outflows: OutflowService, caplog: pytest.LogCaptureFixture
) -> None:
    outflows.count(Behalf(held.user_id, uuid4()), Contact(FAR, "text"))
    outflows.count(Behalf(uuid4(), None), Contact(FAR, "text"))
    assert "not noted: IntegrityError" in caplog.text
    assert outflows.list_hosts(held.user_id) == []


def test_entries_go_with_the_meeting(held: HeldCalls, outflows: OutflowService) -> None:
    meeting_id = held.hold()
    outflows.count(Behalf(held.user_id, meeting_id), Contact(FAR, "text"))
    receipt = DeletionService(held.sessions, system_clock).delete_meeting(held.user_id, meeting_id)
    assert receipt.row_counts["outflow"] == 1
    assert outflows.list_hosts(held.user_id) == []


def test_the_bridge_writes_with_its_own_role(held: HeldCalls, outflows: OutflowService, clock: FakeClock) -> None:
    meeting_id = held.hold()
    bridge = OutflowService(held.worker_sessions, clock)
    bridge.write(Behalf(held.user_id, meeting_id), Contact(FAR, "voice"))
    bridge.write(Behalf(held.user_id, meeting_id), Contact(FAR, "voice", requests=0, sent_bytes=48_000))
    (row,) = outflows.list_of_meeting(held.user_id, meeting_id)
    assert (row.requests, row.sent_bytes) == (1, 48_000)


class FarDesk(Desk):
    """The pipeline over a model that is far away."""

    def services(self) -> ScriptedServices:
        near = super().services()
        settings = near.settings.model_copy(update={"openai_base_url": far_url(self.model)})
        return ScriptedServices(settings, "worker", OpenAILanguage(settings, retries=0, tell=near.outflows.tell))


def test_the_pipeline_says_for_whom_it_works(
    database: ScratchDatabase, held: HeldCalls, outflows: OutflowService
) -> None:
    meeting_id = held.hold()
    with dg.DagsterInstance.ephemeral() as instance, language_server(answer) as model:
        assert FarDesk(database, held, instance, model, []).run(meeting_id)

    assert shown(outflows, held.user_id) == [(FAR, ["embeddings", "text"], 2, 1)]
