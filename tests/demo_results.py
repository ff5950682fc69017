"""The demonstration account with its results, made at once by the rules instead of by the pipeline's processes."""

from uuid import UUID

from sqlmodel import select

from peak_app.cli.demo import EMAIL
from peak_app.cli.seed import seed
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.models import Account
from peak_app.domain.insights.deliveries import DeliveryService
from peak_app.domain.insights.service import InsightService
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.progress.service import ProgressService
from peak_app.domain.scorecards.service import ScorecardService
from peak_app.embedded.ai_server.reading.scorecard import score as score_by_rules
from peak_app.ports.clock import system_clock
from tests.fakes.ears import FakeEars, no_recording
from tests.fakes.language import FakeLanguage


def seed_with_results(web: TenantSessions, worker: TenantSessions) -> UUID:
    """Fill the account, and give whose it is."""
    seed(web, worker, at=system_clock())
    with web.for_email(EMAIL) as session:
        user_id = session.exec(select(Account.id).where(Account.email == EMAIL)).one()
    language = FakeLanguage(scorecard=score_by_rules)
    insights = InsightService(worker, language, system_clock)
    delivery = DeliveryService(worker, FakeEars(), no_recording, system_clock)
    scorecards = ScorecardService(worker, language, system_clock)
    meetings = MeetingService(worker, system_clock)
    _, held = meetings.list_around(user_id, limit=50)
    for meeting in held:
        steps = (insights.make_transcript, insights.make_summary, delivery.make_delivery, scorecards.make_scorecard)
        for make in steps:
            make(user_id, meeting.meeting_id)
        meetings.complete_meeting(user_id, meeting.meeting_id)
    ProgressService(worker, system_clock).count_days(user_id)
    return user_id
