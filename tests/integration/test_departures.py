"""Someone leaves for good: what goes, what little stays, and that no crash leaves anything behind."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import dagster as dg
import psycopg
import pytest
from sqlalchemy import text
from sqlmodel import select

from peak_app.db.engine import engine
from peak_app.db.models import Mail
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts import repository as accounts
from peak_app.domain.accounts.belongings import NOBODYS, belongings
from peak_app.domain.accounts.models import Account, Installation
from peak_app.domain.accounts.service import AccountService
from peak_app.domain.billing.models import UsageEntry
from peak_app.domain.billing.service import BillingService
from peak_app.domain.departures.erasures import ErasureService
from peak_app.domain.departures.errors import AddressDiffers, InCall, NoSuchReceipt
from peak_app.domain.departures.models import AccountErasure, AccountReceipt, KeptMinutes
from peak_app.domain.departures.service import RECEIPT_LINK_LIFE, DepartureService
from peak_app.embedded.postgres import DATABASE
from peak_app.errors import InvalidInput
from peak_app.migrations.tables import metadata
from pipelines.definitions import defs
from pipelines.defs.departures import jobs
from pipelines.defs.departures.jobs import STAGES, Departure, deleted_accounts, departure_sweep
from tests.conftest import ScratchDatabase
from tests.fakes.clock import FakeClock
from tests.held_calls import HeldCalls
from tests.integration.test_deletion import Desk, desk  # noqa: F401  a fixture
from tests.people import register

ORIGIN = "http://127.0.0.1:3000"


def sign_in(service: AccountService, sessions: TenantSessions, email: str) -> tuple[str, UUID]:
    """The cookie of a new session and the id of its person."""
    ticket = service.request_link(email, "", None, origin=ORIGIN)
    with sessions.mailroom() as session:
        link = session.exec(
            select(Mail.link).where(Mail.to_email == email).order_by(text("created_at desc, id desc"))
        ).first()
    assert link
    opened = service.redeem_link(link, ticket.browser_secret)
    return opened.cookie, opened.user_id


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def people(sessions: TenantSessions, database: ScratchDatabase, clock: FakeClock) -> AccountService:
    return AccountService(sessions, database.settings.derive, clock)


@pytest.fixture
def billing(sessions: TenantSessions, clock: FakeClock) -> BillingService:
    return BillingService(sessions, clock, free_minutes=60)


@pytest.fixture
def departures(
    sessions: TenantSessions, database: ScratchDatabase, clock: FakeClock, billing: BillingService
) -> DepartureService:
    return DepartureService(
        sessions,
        clock,
        derive=database.settings.derive,
        get_allowance=billing.get_allowance,
        origin=ORIGIN,
    )


@pytest.fixture
def erasures(worker_sessions: TenantSessions, clock: FakeClock) -> ErasureService:
    return ErasureService(worker_sessions, clock)


def rows_naming(database: ScratchDatabase, *words: str) -> dict[str, int]:
    """Rows of any table that hold one of the words in whatever column, seen by nobody's policies."""
    with database.server.superuser(DATABASE) as connection:
        found = {
            name: connection.execute(
                f"select count(*) from {name} t where to_jsonb(t)::text ~ %s".encode(), ("|".join(words),)
            ).fetchone()
            for name in metadata.tables
        }
    return {name: count[0] for name, count in found.items() if count and count[0]}


# What is whose


def test_every_table_is_someones_or_is_said_to_be_nobodys() -> None:
    someones = {each.table.name for each in belongings()}

    assert someones | NOBODYS.keys() == set(metadata.tables)
    assert not someones & NOBODYS.keys()


def test_every_row_of_a_person_goes_with_the_account_or_is_deleted_by_address() -> None:
    for each in belongings():
        keys = [key for key in each.column.foreign_keys if key.column.table.name == "account"]
        by_itself = each.table.name in ("account", "mail", "login_link")
        assert by_itself or [key.ondelete for key in keys] == ["CASCADE"], each.table.name


# Rows


def test_the_moment_it_is_asked_for_no_row_of_the_person_is_left(desk: Desk, database: ScratchDatabase) -> None:  # noqa: F811
    meeting_id = desk.hold_everything()
    deleted_before = desk.hold_everything()
    desk.delete(deleted_before)
    email = desk.held.person.email
    others = register(desk.held.sessions, "bob@example.org")
    before = rows_naming(database, str(desk.user_id), email)

    farewell = desk.web.departures.delete_account(desk.user_id, f" {email.upper()} ")

    assert len(before) > 15
    # The id of nobody, and the address the receipt goes to, until that is done.
    assert set(rows_naming(database, str(desk.user_id), email, str(meeting_id))) == {"account_erasure"}
    assert farewell.receipt.row_counts.items() >= {"account": 1, "meeting": 1, "utterance": 6, "usage_entry": 2}.items()
    assert desk.web.accounts.list_sessions(desk.user_id) == []
    with desk.held.sessions.for_user(others.user_id) as session:
        assert session.get(Account, others.user_id) is not None


def test_then_files_history_and_the_address_go_and_the_receipt_is_sent(desk: Desk, database: ScratchDatabase) -> None:  # noqa: F811
    meeting_id, deleted_before = desk.hold_everything(), desk.hold_everything()
    desk.delete(deleted_before)
    desk.erase()
    (desk.folder(meeting_id).parent / "stray.bin").write_bytes(b"of no meeting")
    run_ids = [run.run_id for run in desk.instance.get_runs()]
    email, folder = desk.held.person.email, desk.folder(meeting_id).parent
    farewell = desk.web.departures.delete_account(desk.user_id, email)

    assert erase_accounts(desk) == [True]

    assert not folder.exists()
    assert desk.history_left(meeting_id) == {}
    assert desk.history_left(desk.user_id) == {}
    assert desk.run_ids_left(run_ids) == 0
    # The one mail that is left goes to the address; the ids stay two days for the sweep.
    assert set(rows_naming(database, email)) == {"mail"}
    assert set(rows_naming(database, str(desk.user_id))) == {"account_erasure"}
    receipt = desk.web.departures.get_receipt(farewell.secret)
    assert receipt.done_at is not None
    assert receipt.file_count > 3
    assert receipt.run_count == 2
    with desk.held.sessions.mailroom() as session:
        mail = session.exec(select(Mail)).one()
    assert "Everything of your account is deleted" in mail.text
    assert farewell.secret in mail.text
    desk.web.mailroom.mark_sent(mail.id)
    assert rows_naming(database, email) == {}
    assert email not in str(receipt)
    assert erase_accounts(desk) == []


def erase_accounts(desk: Desk) -> list[bool]:  # noqa: F811
    """What the daemon and its worker do with each account that is due; whether it worked."""
    with desk.database.server.superuser(DATABASE) as connection:
        connection.execute("update account_erasure set created_at = created_at - interval '1 day'")
    context = dg.build_sensor_context(instance=desk.instance, resources={"peak": desk.worker()})
    result = deleted_accounts(context)
    requests = list(result.run_requests or []) if isinstance(result, dg.SensorResult) else []
    return [
        defs()
        .get_repository_def()
        .get_job("delete_account")
        .execute_in_process(
            run_config=request.run_config,
            tags=dict(request.tags),
            instance=desk.instance,
            resources={"peak": desk.worker()},
            raise_on_error=False,
        )
        .success
        for request in requests
    ]


@pytest.mark.parametrize("stages", range(len(STAGES) + 1))
def test_an_erasure_that_died_after_any_stage_is_finished_by_the_next(desk: Desk, stages: int) -> None:  # noqa: F811
    meeting_id = desk.hold_everything()
    farewell = desk.web.departures.delete_account(desk.user_id, desk.held.person.email)
    with desk.held.worker_sessions.without_tenant() as session:
        erasure = session.exec(select(AccountErasure)).one()
    for stage in STAGES[:stages]:
        stage(Departure(desk.worker(), desk.instance, erasure))

    assert erase_accounts(desk) == ([True] if stages < len(STAGES) else [])

    assert (desk.history_left(meeting_id), desk.folder(meeting_id).exists()) == ({}, False)
    receipt = desk.web.departures.get_receipt(farewell.secret)
    assert (receipt.run_count, receipt.done_at is not None) == (2, True)
    with desk.held.sessions.mailroom() as session:
        assert len(session.exec(select(Mail)).all()) == 1


def test_an_erasure_that_fails_is_tried_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    meeting_id = desk.hold_everything()
    farewell = desk.web.departures.delete_account(desk.user_id, desk.held.person.email)

    def die(_departure: Departure) -> None:
        raise dg.Failure("The disk went away.", allow_retries=False)

    with monkeypatch.context() as patch:
        patch.setattr(jobs, "STAGES", (STAGES[0], die, *STAGES[2:]))
        assert erase_accounts(desk) == [False]
    assert desk.web.departures.get_receipt(farewell.secret).done_at is None
    assert erase_accounts(desk) == [True]
    assert not desk.folder(meeting_id).exists()


def test_what_comes_in_late_is_swept_and_after_two_days_no_id_is_left(desk: Desk, database: ScratchDatabase) -> None:  # noqa: F811
    meeting_id = desk.hold_everything()
    desk.web.departures.delete_account(desk.user_id, desk.held.person.email)
    erase_accounts(desk)
    desk.folder(meeting_id).mkdir(parents=True)
    (desk.folder(meeting_id) / "late.pcm").write_bytes(b"late")

    departure_sweep(dg.build_asset_context(instance=desk.instance), peak=desk.worker())

    assert not desk.folder(meeting_id).exists()
    with database.server.superuser(DATABASE) as connection:
        connection.execute("update account_erasure set done_at = done_at - interval '3 days'")
    departure_sweep(dg.build_asset_context(instance=desk.instance), peak=desk.worker())
    assert rows_naming(database, str(desk.user_id)) == {}


# Refusals


@pytest.mark.parametrize("typed", [None, "", "someone@example.org", 7, {"a": 1}, "x" * 300])
def test_only_the_very_address_deletes_an_account(typed: object, held: HeldCalls, departures: DepartureService) -> None:
    with pytest.raises(InvalidInput):
        departures.delete_account(held.user_id, typed)

    with held.sessions.for_user(held.user_id) as session:
        assert session.get(Account, held.user_id) is not None
    with held.sessions.for_user(uuid4()) as session:
        assert session.exec(select(Account)).all() == []


def test_nobody_leaves_in_the_middle_of_a_call(held: HeldCalls, departures: DepartureService) -> None:
    meeting_id = held.start()
    with pytest.raises(InCall):
        departures.delete_account(held.user_id, held.person.email)
    held.calls.end_call(held.user_id, meeting_id, "ended_by_person")
    departures.delete_account(held.user_id, held.person.email)
    with pytest.raises(NoSuchReceipt):
        departures.delete_account(held.user_id, held.person.email)


def test_nobody_deletes_someone_elses_account(held: HeldCalls, departures: DepartureService, sessions) -> None:
    bob = register(sessions, "bob@example.org")
    with pytest.raises(AddressDiffers):
        departures.delete_account(bob.user_id, held.person.email)


# The receipt


def test_a_receipt_is_for_whoever_holds_its_link_for_a_week(
    held: HeldCalls, departures: DepartureService, erasures: ErasureService, clock: FakeClock, database: ScratchDatabase
) -> None:
    farewell = departures.delete_account(held.user_id, held.person.email)
    for wrong in (None, "", 5, "x" * 43, farewell.secret[:-1], ["a"]):
        with pytest.raises(NoSuchReceipt):
            departures.get_receipt(wrong)
    assert departures.get_receipt(farewell.secret).id == farewell.receipt.id
    # What is kept would not open it.
    assert rows_naming(database, farewell.secret).keys() == {"account_erasure"}
    erasures.finish(_erasure(held).id)
    assert rows_naming(database, farewell.secret).keys() == {"mail"}

    clock.pass_time(days=RECEIPT_LINK_LIFE.days)
    with pytest.raises(NoSuchReceipt):
        departures.get_receipt(farewell.secret)
    erasures.clear_old()
    with held.worker_sessions.without_tenant() as session:
        assert session.exec(select(AccountReceipt)).one().token_hash is None


def _erasure(held: HeldCalls) -> AccountErasure:
    with held.worker_sessions.without_tenant() as session:
        return session.exec(select(AccountErasure)).one()


# Minutes


def test_leaving_and_coming_back_refills_no_minutes(
    people: AccountService,
    departures: DepartureService,
    billing: BillingService,
    clock: FakeClock,
    database: ScratchDatabase,
) -> None:
    sessions = TenantSessions(engine(database.web_url))
    email = "ann@example.org"
    _, first_id = sign_in(people, sessions, email)
    spend(sessions, first_id, seconds=1_500, at=clock())
    departures.delete_account(first_id, email)
    assert rows_naming(database, email).keys() == {"account_erasure"}

    _, second_id = sign_in(people, sessions, email)
    assert second_id != first_id
    assert billing.get_allowance(second_id).used == timedelta(seconds=1_500)
    spend(sessions, second_id, seconds=60, at=clock())
    departures.delete_account(second_id, email)
    _, third_id = sign_in(people, sessions, email)
    assert billing.get_allowance(third_id).used == timedelta(seconds=1_560)
    _, other_id = sign_in(people, sessions, "bob@example.org")
    assert billing.get_allowance(other_id).used == timedelta()


def test_minutes_are_kept_until_the_month_is_over(
    people: AccountService,
    departures: DepartureService,
    billing: BillingService,
    clock: FakeClock,
    database: ScratchDatabase,
) -> None:
    sessions, worker_sessions = (TenantSessions(engine(url)) for url in (database.web_url, database.worker_url))
    erasures = ErasureService(worker_sessions, clock)
    _, user_id = sign_in(people, sessions, "ann@example.org")
    spend(sessions, user_id, seconds=900, at=clock())
    departures.delete_account(user_id, "ann@example.org")
    erasures.clear_old()
    with worker_sessions.without_tenant() as session:
        kept = session.exec(select(KeptMinutes)).one()
    assert kept.seconds == 900
    assert kept.until == datetime.combine(billing.get_allowance(user_id).renews_on, datetime.min.time(), UTC)

    clock.pass_time(seconds=(kept.until - clock()).total_seconds())
    erasures.clear_old()
    with worker_sessions.without_tenant() as session:
        assert session.exec(select(KeptMinutes)).all() == []
    _, again_id = sign_in(people, sessions, "ann@example.org")
    assert billing.get_allowance(again_id).used == timedelta()


def spend(sessions: TenantSessions, user_id: UUID, *, seconds: int, at: datetime) -> None:
    with sessions.for_user(user_id) as session:
        session.add(UsageEntry(owner_id=user_id, key=uuid4().hex, seconds=seconds, occurred_at=at))


# Sessions and operators


def test_all_browsers_are_signed_out_at_once(
    people: AccountService, departures: DepartureService, sessions: TenantSessions, database: ScratchDatabase, clock
) -> None:
    first, user_id = sign_in(people, sessions, "ann@example.org")
    second, _ = sign_in(people, sessions, "ann@example.org")
    with psycopg.connect(database.web_url, autocommit=True) as listener:
        listener.execute("LISTEN peak_live")
        departures.delete_account(user_id, "ann@example.org")
        told = [notice.payload for notice in listener.notifies(timeout=0.5)]
    assert sum("session_id" in payload for payload in told) == 2
    assert people.find_session(first) is None
    assert people.find_session(second) is None


def test_when_the_operator_leaves_nobody_becomes_it_by_signing_in(
    people: AccountService, departures: DepartureService, sessions: TenantSessions, clock: FakeClock
) -> None:
    _, ann_id = sign_in(people, sessions, "ann@example.org")
    with sessions.for_user(ann_id) as session:
        assert accounts.is_operator(session, ann_id)
    departures.delete_account(ann_id, "ann@example.org")

    cookie, _ = sign_in(people, sessions, "bob@example.org")

    person = people.find_session(cookie)
    assert person is not None
    assert not person.is_operator
    with sessions.without_tenant() as session:
        row = session.exec(select(Installation)).one()
    assert (row.operator_id, row.vacated_at) == (None, clock())
    assert people.appoint_operator("bob@example.org")
    person = people.find_session(cookie)
    assert person is not None
    assert person.is_operator
    assert not people.appoint_operator("bob@example.org")


def test_signing_out_everywhere_else_keeps_this_browser(people: AccountService, sessions: TenantSessions) -> None:
    here, user_id = sign_in(people, sessions, "ann@example.org")
    there, _ = sign_in(people, sessions, "ann@example.org")
    bobs, _ = sign_in(people, sessions, "bob@example.org")
    person = people.find_session(here)
    assert person is not None

    assert people.revoke_others(user_id, person.session_id) == 1

    assert people.find_session(here) is not None
    assert people.find_session(there) is None
    assert people.find_session(bobs) is not None
    assert people.revoke_others(user_id, person.session_id) == 0
