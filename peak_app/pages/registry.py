"""Every page of the product: its route, its title, and what it loads."""

import reflex as rx

from peak_app.components.document import STYLESHEETS, head
from peak_app.config import settings
from peak_app.i18n.catalogue import t
from peak_app.pages.agent import agent_page
from peak_app.pages.agents import agents_page
from peak_app.pages.ask import ask_page
from peak_app.pages.billing import billing_page
from peak_app.pages.call import call_page
from peak_app.pages.compare import compare_page
from peak_app.pages.dashboard import dashboard_page
from peak_app.pages.goodbye import goodbye_page
from peak_app.pages.guards import for_members
from peak_app.pages.landing import landing_page
from peak_app.pages.login import login_page
from peak_app.pages.lost import lost_page
from peak_app.pages.meeting import meeting_page
from peak_app.pages.meetings import meetings_page
from peak_app.pages.operations import operations_page
from peak_app.pages.progress import progress_page
from peak_app.pages.recorder import recorder_page
from peak_app.pages.settings import settings_page
from peak_app.state.account import AccountState
from peak_app.state.agent import AgentState
from peak_app.state.agents import AgentsState
from peak_app.state.asking import AskState
from peak_app.state.billing import BillingState
from peak_app.state.calendar_feed import CalendarFeedState
from peak_app.state.call import CallState
from peak_app.state.compare import PATH as COMPARE_PATH
from peak_app.state.compare import CompareState
from peak_app.state.dashboard import DashboardState
from peak_app.state.deletion import ReceiptsState
from peak_app.state.delivery import DeliveryState
from peak_app.state.gallery import GalleryState
from peak_app.state.goodbye import GoodbyeState
from peak_app.state.identities import IdentitiesState
from peak_app.state.lineage import LineageState
from peak_app.state.login import LoginState
from peak_app.state.meeting import MeetingState
from peak_app.state.meetings import MeetingsState
from peak_app.state.model_usage import MeetingUsageState, UsageOverviewState
from peak_app.state.notifications import NotificationChoicesState
from peak_app.state.operations import OperationsState
from peak_app.state.outflows import MeetingOutflowsState, OutflowsState
from peak_app.state.passkeys import PasskeysState
from peak_app.state.progress import ProgressState
from peak_app.state.recorder import RecorderState
from peak_app.state.retention import RetentionState
from peak_app.state.scorecard import ScorecardState
from peak_app.state.session import SessionState


def register_pages(app: rx.App) -> None:
    """Give the app its pages and their head."""
    app.stylesheets = [*app.stylesheets, *STYLESHEETS]
    app.head_components = [*app.head_components, *head()]
    app.html_lang = settings().language

    def add(route: str, page: rx.app.ComponentCallable, title: str, *on_load: object) -> None:
        app.add_page(page, route=route, title=title, description=t("page.description"), on_load=list(on_load))

    def name(key: str) -> str:
        return t("page.title", page=t(key))

    add("/", landing_page, t("page.landing"))
    add("/login", login_page, name("login.title"), SessionState.skip_login, LoginState.load)
    add("/dashboard", dashboard_page, name("nav.dashboard"), *for_members(DashboardState.load))
    add("/meetings", meetings_page, name("nav.meetings"), *for_members(MeetingsState.load))
    add(
        "/meetings/[meeting_id]",
        meeting_page,
        name("page.meeting"),
        *for_members(
            MeetingState.load,
            ScorecardState.load,
            DeliveryState.load,
            AskState.load,
            LineageState.load,
            MeetingUsageState.load,
            MeetingOutflowsState.load,
        ),
    )
    add("/ask", ask_page, name("ask.all"), *for_members(AskState.load))
    add("/agents", agents_page, name("nav.agents"), *for_members(AgentsState.load, GalleryState.load))
    add("/agents/[agent_id]", agent_page, name("page.agent"), *for_members(AgentState.load))
    add("/progress", progress_page, name("nav.progress"), *for_members(ProgressState.load))
    add(COMPARE_PATH, compare_page, name("compare.title"), *for_members(CompareState.load))
    add(
        "/billing",
        billing_page,
        name("nav.billing"),
        *for_members(BillingState.load, BillingState.confirm, BillingState.load_invoices),
    )
    add(
        "/settings",
        settings_page,
        name("nav.settings"),
        *for_members(
            AccountState.load,
            IdentitiesState.load,
            PasskeysState.load,
            NotificationChoicesState.load,
            CalendarFeedState.load,
            RetentionState.load,
            ReceiptsState.load,
            OutflowsState.load,
        ),
    )
    add(
        "/operations",
        operations_page,
        name("nav.operations"),
        *for_members(OperationsState.load, UsageOverviewState.load),
    )
    add("/operations/meetings/[meeting_id]", recorder_page, name("recorder.title"), *for_members(RecorderState.load))
    add("/call/[meeting_id]", call_page, name("page.call"), SessionState.require_login, CallState.load)
    add("/goodbye", goodbye_page, name("goodbye.title"), GoodbyeState.load)
    app.add_page(lost_page, route="404", title=name("lost.title"), description=t("page.description"))
