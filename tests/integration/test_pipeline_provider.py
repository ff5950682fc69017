"""What comes of a meeting when the text model's provider misbehaves: the real adapter, over HTTP, in the real job."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import dagster as dg
import pytest
from pydantic import SecretStr

from peak_app.adapters.openai.language import OpenAILanguage
from peak_app.domain.insights.steps import SUMMARY
from peak_app.domain.meetings.status import MeetingStatus
from peak_app.ports.language import CitedText, MeetingSummary
from pipelines import step
from pipelines.definitions import defs
from pipelines.defs.meetings.sensors import give_up
from tests.conftest import ScratchDatabase
from tests.emulators.language_server import LanguageServer, Reply, Request, language_server, refused, written
from tests.held_calls import HeldCalls
from tests.integration.pipeline_stage import answer
from tests.scripted_services import ScriptedServices

WAITED_S = 0.6
SUMMARY_TEXT = MeetingSummary(
    overview=[CitedText(text="You talked.", line_ids=["L1"])], questions=[], strengths=[], next_steps=[]
).model_dump_json()

BUSY = Reply(429, {"error": {"message": "slow down"}}, {"Retry-After": str(WAITED_S)})
PASSING: dict[str, tuple[Reply, str]] = {
    "429": (BUSY, "The text model is busy."),
    "500": (Reply(500, {"error": {"message": "oops"}}), "The text model has a problem just now."),
    "timeout": (Reply(delay_s=1.5), "The text model took too long to answer."),
    "truncated": (
        written(SUMMARY_TEXT[:40], status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
        "The text model's answer broke off.",
    ),
    "half": (written(SUMMARY_TEXT[:40]), "The text model gave an answer we can't read."),
    "no JSON": (written("Sure! Here is your summary:"), "The text model gave an answer we can't read."),
    "no answer": (Reply(200, "<html>gateway</html>"), "The text model gave an answer we can't read."),
}
FINAL: dict[str, tuple[Reply, str]] = {
    "refusal": (refused("I can't."), "The text model declined to write about this meeting."),
    "filtered": (
        written("", status="incomplete", incomplete_details={"reason": "content_filter"}),
        "The text model declined to write about this meeting.",
    ),
    "key": (Reply(401, {"error": {"message": "bad key"}}), "The text model's provider refused our key."),
    "quota": (
        Reply(429, {"error": {"message": "no money", "code": "insufficient_quota"}}),
        "The account at the text model's provider is used up.",
    ),
    "an hour": (Reply(429, {"error": {"message": "later"}}, {"Retry-After": "3600"}), "The text model is busy."),
}


@dataclass
class Desk:
    """Runs the job for meetings of one person; `asked_at` are the moments a summary was asked for."""

    database: ScratchDatabase
    held: HeldCalls
    instance: dg.DagsterInstance
    model: LanguageServer
    asked_at: list[float]

    def services(self) -> ScriptedServices:
        told = {"openai_base_url": self.model.url, "openai_api_key": SecretStr("sk-test"), "provider_timeout_s": 0.8}
        settings = self.database.settings.model_copy(update=told)
        return ScriptedServices(settings, "worker", OpenAILanguage(settings, retries=0))

    def answering(self, *replies: Reply) -> None:
        """To each request for a summary the next of these, and good ones after them."""
        rest = list(replies)

        def respond(request: Request) -> Reply:
            is_summary = request.body.get("text", {}).get("format", {}).get("name") == "meeting_summary"
            if is_summary:
                self.asked_at.append(time.monotonic())
            return rest.pop(0) if is_summary and rest else answer(request)

        self.model.replies[:] = [respond]

    def run(self, meeting_id: UUID) -> bool:
        self.instance.add_dynamic_partitions("meetings", [str(meeting_id)])
        job = defs().get_repository_def().get_job("process_meeting")
        services = self.services()
        try:
            return job.execute_in_process(
                partition_key=str(meeting_id),
                instance=self.instance,
                resources={"peak": services},
                raise_on_error=False,
            ).success
        finally:
            assert isinstance(services.language, OpenAILanguage)
            services.language.close()

    def reason(self, meeting_id: UUID) -> str:
        """Of the summary's failure; empty when it is done."""
        outcomes = self.services().insights.get_results(self.held.user_id, meeting_id).steps
        return next(outcome.reason for outcome in outcomes if outcome.name == SUMMARY)


@pytest.fixture
def desk(database: ScratchDatabase, held: HeldCalls) -> Iterator[Desk]:
    with dg.DagsterInstance.ephemeral() as instance, language_server(answer) as model:
        yield Desk(database, held, instance, model, [])


@pytest.fixture
def few_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step, "MAX_RETRIES", 1)


@pytest.mark.parametrize("reply", [reply for reply, _ in PASSING.values()], ids=PASSING.keys())
def test_what_passes_is_tried_again_and_leaves_one_summary(reply: Reply, desk: Desk):
    desk.answering(reply)
    meeting_id = desk.held.hold()

    assert desk.run(meeting_id)

    assert desk.held.status(meeting_id) == MeetingStatus.COMPLETED
    assert desk.reason(meeting_id) == ""
    assert len(desk.asked_at) == 2


def test_the_wait_a_busy_provider_asks_for_is_kept(desk: Desk):
    desk.answering(BUSY, BUSY)
    meeting_id = desk.held.hold()

    assert desk.run(meeting_id)

    pauses = [later - earlier for earlier, later in zip(desk.asked_at, desk.asked_at[1:], strict=False)]
    assert len(pauses) == 2
    assert all(pause >= WAITED_S for pause in pauses)


@pytest.mark.usefixtures("few_retries")
@pytest.mark.parametrize(("reply", "sentence"), PASSING.values(), ids=PASSING.keys())
def test_what_does_not_pass_fails_the_meeting_with_its_sentence_and_try_again_mends_it(
    reply: Reply, sentence: str, desk: Desk
):
    desk.answering(reply, reply)
    _fails_and_is_mended(desk, sentence, asked=2)


@pytest.mark.parametrize(("reply", "sentence"), FINAL.values(), ids=FINAL.keys())
def test_what_will_not_pass_is_not_tried_again_by_itself(reply: Reply, sentence: str, desk: Desk):
    desk.answering(reply)
    _fails_and_is_mended(desk, sentence, asked=1)


def _fails_and_is_mended(desk: Desk, sentence: str, asked: int) -> None:
    meeting_id = desk.held.hold()
    assert not desk.run(meeting_id)
    assert len(desk.asked_at) == asked
    assert desk.reason(meeting_id) == sentence

    give_up(desk.services(), meeting_id, "")
    view = desk.held.meetings.get_meeting(desk.held.user_id, meeting_id)
    assert (view.status, view.status_reason) == (MeetingStatus.FAILED, sentence)

    desk.held.meetings.retry_processing(desk.held.user_id, meeting_id)
    assert desk.run(meeting_id)
    assert desk.held.status(meeting_id) == MeetingStatus.COMPLETED
    assert desk.reason(meeting_id) == ""
