"""Row-level security as data: who may touch which rows of which table.

`apply` makes the database equal to this file; it runs after every migration and may run any number of times. The tenant
of a transaction is one of the settings below, set by `db.tenancy.TenantSessions` for that transaction alone.
"""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, text

from peak_app.db.channels import LIVE, OUTBOX
from peak_app.db.roles import WEB, WORKER
from peak_app.domain.meetings.status import TRANSITIONS

_ME = "nullif(current_setting('app.user_id', true), '')::uuid"
_ME_ONCE = f"(select {_ME})"
"""Asked once for a statement, not for each of a hundred thousand rows."""
_EMAIL = "nullif(current_setting('app.email', true), '')"
_SHOWN_HASH = "nullif(current_setting('app.token_hash', true), '')"
_OWNS_WORKSPACE = f"exists (select 1 from membership s where s.workspace_id = workspace.id and s.account_id = {_ME} and s.role = 'owner')"
_RUNS_IT = f"exists (select 1 from installation i where i.operator_id = {_ME})"
_MAILROOM = "current_setting('app.mailroom', true) = 'open'"
_BELL = "current_setting('app.bell', true) = 'open'"
_TILL = "current_setting('app.till', true) = 'open'"
_SAYS_OF_A_PLAN = f"{_TILL} and exists (select 1 from subscription_ending e where e.receipt_id = account_receipt.id)"

Command = Literal["SELECT", "INSERT", "UPDATE", "DELETE", "ALL"]


@dataclass(frozen=True, slots=True)
class Policy:
    """`using` limits the rows one sees, `check` the rows one writes; None: the same as `using`."""

    table: str
    name: str
    command: Command
    using: str | None
    check: str | None = None
    roles: tuple[str, ...] = (WEB, WORKER)

    def to_sql(self) -> str:
        parts = [f'CREATE POLICY "{self.name}" ON {self.table} FOR {self.command} TO {", ".join(self.roles)}']
        if self.using is not None and self.command != "INSERT":
            parts.append(f"USING ({self.using})")
        check = self.check if self.check is not None else self.using
        if check is not None and self.command not in ("SELECT", "DELETE"):
            parts.append(f"WITH CHECK ({check})")
        return " ".join(parts)


def _own(table: str, column: str = "owner_id") -> Policy:
    return Policy(table, f"{table}_own", "ALL", f"{column} = {_ME}")


def _seen_with_meeting(table: str) -> Policy:
    # The subquery runs under the reader's own policies on meeting, so sharing is decided in one place. For one's own rows
    # it is not asked at all: that costs an index look-up for each.
    return Policy(
        table,
        f"{table}_shared",
        "SELECT",
        f"owner_id = {_ME_ONCE} or exists (select 1 from meeting m where m.id = {table}.meeting_id)",
    )


_PARTS_OF_A_MEETING = (
    "utterance",
    "transcript",
    "correction",
    "summary",
    "insight",
    "scorecard",
    "search_chunk",
    "search_stretch",
    "making",
    "pipeline_step",
    "recording",
)

_OPERATED = ("outbox_event", "pipeline_step", "making", "meeting_event", "deletion_receipt", "model_usage")
"""Ids, times, counts, names of states and reasons of everyone's meetings, and no words: what the operator's pages show."""

POLICIES: tuple[Policy, ...] = (
    Policy("account", "account_self", "ALL", f"id = {_ME}"),
    Policy("account", "account_signing_in", "SELECT", f"email = {_EMAIL}", roles=(WEB,)),
    Policy("account", "account_registering", "INSERT", None, f"email = {_EMAIL}", roles=(WEB,)),
    Policy(
        "workspace",
        "workspace_member",
        "SELECT",
        f"exists (select 1 from membership s where s.workspace_id = workspace.id and s.account_id = {_ME})",
    ),
    # Whoever makes a workspace sees it before they are in it; from then on its owners decide.
    Policy("workspace", "workspace_founded", "SELECT", f"created_by = {_ME}"),
    Policy("workspace", "workspace_founding", "INSERT", None, f"created_by = {_ME}"),
    Policy("workspace", "workspace_changed_by_owners", "UPDATE", _OWNS_WORKSPACE),
    Policy("workspace", "workspace_deleted_by_owners", "DELETE", _OWNS_WORKSPACE),
    # A person gives themselves a place only in a workspace they made; other ways in come with invitations.
    Policy("membership", "membership_self", "SELECT", f"account_id = {_ME}"),
    Policy("membership", "membership_leave", "DELETE", f"account_id = {_ME}"),
    Policy(
        "membership",
        "membership_founding",
        "INSERT",
        None,
        f"account_id = {_ME} and exists (select 1 from workspace w where w.id = workspace_id and w.created_by = {_ME})",
    ),
    Policy("login_link", "login_link_by_email", "ALL", f"email = {_EMAIL}", roles=(WEB,)),
    Policy("login_link", "login_link_by_token", "SELECT", f"token_hash = {_SHOWN_HASH}", roles=(WEB,)),
    _own("login_session"),
    Policy("login_session", "login_session_by_token", "SELECT", f"token_hash = {_SHOWN_HASH}", roles=(WEB,)),
    _own("identity"),
    Policy("identity", "identity_by_key", "SELECT", f"key_hash = {_SHOWN_HASH}", roles=(WEB,)),
    _own("passkey"),
    Policy("passkey", "passkey_by_key", "SELECT", f"key_hash = {_SHOWN_HASH}", roles=(WEB,)),
    # Nobody's yet: known to whoever shows the state, and swept away by whoever begins next.
    Policy("sign_in_start", "sign_in_start_by_state", "ALL", f"state_hash = {_SHOWN_HASH}", roles=(WEB,)),
    *(
        Policy("sign_in_start", f"sign_in_start_over_{command.lower()}", command, "expires_at < now()", roles=(WEB,))
        for command in ("SELECT", "DELETE")
    ),
    _own("agent"),
    _own("agent_version"),
    _own("knowledge"),
    Policy(
        "agent_version",
        "agent_version_shared",
        "SELECT",
        "exists (select 1 from meeting m where m.agent_version_id = agent_version.id)",
    ),
    _own("meeting"),
    Policy(
        "meeting",
        "meeting_coached",
        "SELECT",
        f"is_shared and exists (select 1 from membership s where s.workspace_id = meeting.workspace_id and s.account_id = {_ME} and s.role in ('owner', 'coach'))",
    ),
    *(_own(table) for table in _PARTS_OF_A_MEETING),
    *(_seen_with_meeting(table) for table in _PARTS_OF_A_MEETING),
    _own("chat_message"),
    _own("meeting_event"),
    _own("call_lease"),
    Policy("call_lease", "call_lease_all", "ALL", "true", roles=(WORKER,)),
    # The web process finds a bridge for someone, and a bridge knows who waits before them.
    Policy("bridge", "bridge_read", "SELECT", "true", roles=(WEB,)),
    Policy("bridge", "bridge_all", "ALL", "true", roles=(WORKER,)),
    _own("waiting_call"),
    Policy("waiting_call", "waiting_call_all", "ALL", "true", roles=(WORKER,)),
    _own("usage_entry"),
    _own("model_usage"),
    _own("deletion_receipt"),
    _own("progress_day"),
    _own("notification"),
    _own("notification_choice"),
    _own("planned_time"),
    # Ids and times, and no words: the pipeline finds whom to remind.
    Policy("planned_time", "planned_time_due", "SELECT", "true", roles=(WORKER,)),
    _own("calendar_feed"),
    Policy("calendar_feed", "calendar_feed_by_token", "SELECT", f"token_hash = {_SHOWN_HASH}", roles=(WEB,)),
    _own("audit_entry"),
    _own("outflow"),
    Policy("outbox_event", "outbox_event_add", "INSERT", None, f"owner_id = {_ME}"),
    # For what a person takes away.
    Policy("outbox_event", "outbox_event_own", "SELECT", f"owner_id = {_ME}", roles=(WEB,)),
    Policy("outbox_event", "outbox_event_work", "ALL", "true", roles=(WORKER,)),
    *(Policy(table, f"{table}_operated", "SELECT", _RUNS_IT, roles=(WEB,)) for table in _OPERATED),
    _own("kept_call"),
    # Whose call a webhook is about; and which ones are to be looked after: ids and times, and no words.
    Policy("kept_call", "kept_call_bell", "SELECT", _BELL, roles=(WEB,)),
    Policy("kept_call", "kept_call_due", "SELECT", "true", roles=(WORKER,)),
    _own("kept_file"),
    _own("subscription"),
    # Whose state is to be asked for next; what comes of it is written as that person.
    Policy("subscription", "subscription_till", "SELECT", _TILL, roles=(WEB,)),
    _own("usage_report"),
    # Who is to be told of what was used: ids and seconds.
    Policy("usage_report", "usage_report_till", "ALL", _TILL, roles=(WEB,)),
    Policy("webhook_delivery", "webhook_delivery_add", "INSERT", None, "true", roles=(WEB,)),
    Policy("webhook_delivery", "webhook_delivery_work", "ALL", "true", roles=(WORKER,)),
    Policy("mail", "mail_add", "INSERT", None, f"to_email = {_EMAIL}", roles=(WEB,)),
    Policy(
        "mail",
        "mail_to_oneself",
        "INSERT",
        None,
        f"to_email = (select a.email from account a where a.id = {_ME})",
        roles=(WORKER,),
    ),
    Policy("mail", "mail_room", "ALL", _MAILROOM, roles=(WEB,)),
    # The receipt of a deleted account goes to an address that belongs to no account any more.
    Policy(
        "mail",
        "mail_to_the_departed",
        "INSERT",
        None,
        "to_email in (select e.email from account_erasure e where e.email <> '')",
        roles=(WORKER,),
    ),
    Policy("account_erasure", "account_erasure_add", "INSERT", None, f"owner_id = {_ME}", roles=(WEB,)),
    Policy("account_erasure", "account_erasure_work", "ALL", "true", roles=(WORKER,)),
    Policy(
        "account_receipt",
        "account_receipt_add",
        "INSERT",
        None,
        f"exists (select 1 from account a where a.id = {_ME})",
        roles=(WEB,),
    ),
    Policy("account_receipt", "account_receipt_by_token", "SELECT", f"token_hash = {_SHOWN_HASH}", roles=(WEB,)),
    Policy("account_receipt", "account_receipt_work", "ALL", "true", roles=(WORKER,)),
    _own("subscription_ending"),
    Policy("subscription_ending", "subscription_ending_till", "ALL", _TILL, roles=(WEB,)),
    Policy("subscription_ending", "subscription_ending_work", "ALL", "true", roles=(WORKER,)),
    *(
        Policy("account_receipt", f"account_receipt_till_{command.lower()}", command, _SAYS_OF_A_PLAN, roles=(WEB,))
        for command in ("SELECT", "UPDATE")
    ),
    Policy("kept_minutes", "kept_minutes_by_hash", "ALL", f"address_hash = {_SHOWN_HASH}", roles=(WEB,)),
    Policy("kept_minutes", "kept_minutes_work", "ALL", "true", roles=(WORKER,)),
    Policy("installation", "installation_read", "SELECT", "true"),
    Policy("installation", "installation_claim", "UPDATE", "operator_id is null", f"operator_id = {_ME}", roles=(WEB,)),
    Policy("installation", "installation_vacate", "UPDATE", f"operator_id = {_ME}", roles=(WEB,)),
)

APPEND_ONLY = ("usage_entry", "model_usage", "audit_entry", "meeting_event")
"""Rows are never changed; they go only with the account."""

FROZEN = ("agent_version", "knowledge")
"""Rows are never changed: a meeting keeps the version it was held with."""


def _grants(table: str) -> list[str]:
    rights = (
        "SELECT, INSERT"
        if table in APPEND_ONLY
        else "SELECT, INSERT, DELETE"
        if table in FROZEN
        else "SELECT, INSERT, UPDATE, DELETE"
    )
    return [f"REVOKE ALL ON {table} FROM {WEB}, {WORKER}", f"GRANT {rights} ON {table} TO {WEB}, {WORKER}"]


def _status_guard() -> list[str]:
    """The transition table of `status.py`, once more where no program can get round it."""
    allowed = ", ".join(f"('{a}', '{b}')" for a, following in TRANSITIONS.items() for b in sorted(following))
    return [
        f"""CREATE OR REPLACE FUNCTION meeting_status_guard() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN ({allowed}) THEN
            RAISE EXCEPTION 'a meeting that is % can not become %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
          END IF;
          RETURN NEW;
        END $$""",
        "DROP TRIGGER IF EXISTS meeting_status_guard ON meeting",
        "CREATE TRIGGER meeting_status_guard BEFORE UPDATE OF status ON meeting FOR EACH ROW EXECUTE FUNCTION meeting_status_guard()",
    ]


def _forgetting() -> list[str]:
    """Answers about several meetings that quote one of them go with it, and with their questions."""
    return [
        """CREATE OR REPLACE FUNCTION forget_quotes() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          DELETE FROM chat_message q USING chat_message a WHERE a.question_id = q.id AND a.meeting_id IS NULL
            AND a.owner_id = OLD.owner_id
            AND a.claims @> jsonb_build_array(jsonb_build_object('citations', jsonb_build_array(jsonb_build_object('meeting_id', OLD.id))));
          RETURN NULL;
        END $$""",
        "DROP TRIGGER IF EXISTS forget_quotes ON meeting",
        "CREATE TRIGGER forget_quotes AFTER DELETE ON meeting FOR EACH ROW EXECUTE FUNCTION forget_quotes()",
    ]


def _meeting_events() -> list[str]:
    """What happens to a meeting is written down here, so that no program can forget it. Reasons may be words: none."""
    return [
        """CREATE OR REPLACE FUNCTION note_new_meetings() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          INSERT INTO meeting_event (meeting_id, owner_id, kind, detail, at)
            SELECT id, owner_id, 'created', coalesce(to_char(scheduled_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'), ''), created_at
            FROM fresh;
          RETURN NULL;
        END $$""",
        """CREATE OR REPLACE FUNCTION note_meeting_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.status <> OLD.status THEN
            INSERT INTO meeting_event (meeting_id, owner_id, kind, detail, at)
              VALUES (NEW.id, NEW.owner_id, 'became', NEW.status, NEW.status_at);
          END IF;
          IF NEW.scheduled_at IS DISTINCT FROM OLD.scheduled_at THEN
            INSERT INTO meeting_event (meeting_id, owner_id, kind, detail, at)
              VALUES (NEW.id, NEW.owner_id, 'moved', coalesce(to_char(NEW.scheduled_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'), ''), now());
          END IF;
          RETURN NULL;
        END $$""",
        "DROP TRIGGER IF EXISTS note_new_meetings ON meeting",
        "CREATE TRIGGER note_new_meetings AFTER INSERT ON meeting REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION note_new_meetings()",
        "DROP TRIGGER IF EXISTS note_meeting_change ON meeting",
        "CREATE TRIGGER note_meeting_change AFTER UPDATE OF status, scheduled_at ON meeting FOR EACH ROW EXECUTE FUNCTION note_meeting_change()",
        # Minutes begin or cease to run: pages that count along must hear of it.
        "DROP TRIGGER IF EXISTS announce_meeting_event ON meeting_event",
        "CREATE TRIGGER announce_meeting_event AFTER INSERT ON meeting_event FOR EACH ROW WHEN (NEW.kind IN ('connected', 'disconnected')) EXECUTE FUNCTION announce_change()",
    ]


LIVE_TABLES = (
    "meeting",
    "transcript",
    "summary",
    "insight",
    "scorecard",
    "recording",
    "pipeline_step",
    "usage_entry",
    "deletion_receipt",
    "notification",
    "subscription",
)
"""A change in one of these is announced on the channel `LIVE` with ids only."""


def _announcements() -> list[str]:
    statements = [
        f"""CREATE OR REPLACE FUNCTION announce_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM pg_notify('{LIVE}', json_build_object('owner_id', NEW.owner_id, 'meeting_id',
            CASE WHEN TG_TABLE_NAME = 'meeting' THEN to_jsonb(NEW)->>'id' ELSE to_jsonb(NEW)->>'meeting_id' END)::text);
          RETURN NULL;
        END $$""",
        f"""CREATE OR REPLACE FUNCTION announce_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_notify('{OUTBOX}', NEW.kind); RETURN NULL; END $$""",
        "DROP TRIGGER IF EXISTS announce_outbox ON outbox_event",
        "CREATE TRIGGER announce_outbox AFTER INSERT ON outbox_event FOR EACH ROW EXECUTE FUNCTION announce_outbox()",
    ]
    for table in LIVE_TABLES:
        statements += [
            f"DROP TRIGGER IF EXISTS announce_{table} ON {table}",
            f"CREATE TRIGGER announce_{table} AFTER INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION announce_change()",
        ]
    return statements


def remove(connection: Connection) -> None:
    """Drop every policy; forced row-level security stays on, so that nobody sees anything meanwhile."""
    existing = connection.execute(
        text("select tablename, policyname from pg_policies where schemaname = current_schema()")
    ).all()
    for table, name in existing:
        connection.execute(text(f'DROP POLICY "{name}" ON {table}'))


def apply(connection: Connection) -> None:
    """Make policies, grants and triggers of the connected database equal to this file. Run as the owner."""
    protected = sorted({policy.table for policy in POLICIES})
    remove(connection)
    statements = [
        f"GRANT USAGE ON SCHEMA public TO {WEB}, {WORKER}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {WEB}, {WORKER}",
    ]
    for table in protected:
        statements += [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        ]
        statements += _grants(table)
    statements += [policy.to_sql() for policy in POLICIES]
    statements += _status_guard() + _forgetting() + _announcements() + _meeting_events()
    for statement in statements:
        connection.execute(text(statement))
