"""The composition root: from settings to services. The only place that chooses an adapter."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, cached_property
from typing import Literal
from uuid import UUID

from pydantic import SecretStr

from peak_app.adapters.documents.reader import FileReader
from peak_app.adapters.folder.storage import FolderStore
from peak_app.adapters.operator_ui.runs import PipelineRuns
from peak_app.adapters.practice_coach.banks import PracticeBanks
from peak_app.adapters.smtp.mailer import SmtpMailer
from peak_app.adapters.typst.typesetter import TypstTypesetter
from peak_app.config import Settings, settings
from peak_app.db.engine import database_url, engine
from peak_app.db.tenancy import TenantSessions
from peak_app.domain.accounts.mailroom import Mailroom
from peak_app.domain.accounts.service import AccountService
from peak_app.domain.agents.service import AgentService
from peak_app.domain.archives.service import ArchiveService
from peak_app.domain.billing.allowance import PLUS, Plan, plans_of
from peak_app.domain.billing.sandbox import (
    PRODUCT_ID,
    SANDBOX,
    SANDBOX_PATH,
    has_sandbox,
    sandbox_secret,
    sandbox_token,
)
from peak_app.domain.billing.service import BillingService
from peak_app.domain.billing.subscriptions import SubscriptionService
from peak_app.domain.billing.usage_reports import UsageReportService
from peak_app.domain.calendars.service import CalendarService
from peak_app.domain.departures.erasures import ErasureService
from peak_app.domain.departures.service import DepartureService
from peak_app.domain.departures.subscriptions import SubscriptionEndingService
from peak_app.domain.exports.service import ExportService
from peak_app.domain.identities.offers import GITHUB, GOOGLE, OIDC, list_offers
from peak_app.domain.identities.service import IdentityService
from peak_app.domain.insights.asking import AskService
from peak_app.domain.insights.corrections import CorrectionService
from peak_app.domain.insights.deliveries import DeliveryService
from peak_app.domain.insights.lineage import LineageService
from peak_app.domain.insights.service import InsightService
from peak_app.domain.meetings.bridges import BridgeService
from peak_app.domain.meetings.calls import CallService
from peak_app.domain.meetings.deletion import DeletionService
from peak_app.domain.meetings.service import MeetingService
from peak_app.domain.model_usage.prices import Prices
from peak_app.domain.model_usage.service import ModelUsageService
from peak_app.domain.notifications.service import NotificationService
from peak_app.domain.operations.alerts import AlertService
from peak_app.domain.operations.recorder import RecorderService
from peak_app.domain.operations.service import OperationsService
from peak_app.domain.outflows.service import OutflowService
from peak_app.domain.passkeys.limits import QUESTION_LIFE
from peak_app.domain.passkeys.service import PasskeyService
from peak_app.domain.passkeys.site import passkey_site
from peak_app.domain.progress.service import ProgressService
from peak_app.domain.recordings.service import RecordingService
from peak_app.domain.rooms.service import RoomService
from peak_app.domain.scorecards.service import ScorecardService
from peak_app.i18n.catalogue import t
from peak_app.ports.clock import system_clock
from peak_app.ports.ears import Ears
from peak_app.ports.identities import IdentityProvider
from peak_app.ports.language import Language
from peak_app.ports.live_rooms import LiveRoom, LiveRoomCallbacks, RoomSoftwareMissing
from peak_app.ports.mailer import Mailer
from peak_app.ports.moderation import Moderate, moderate_nothing
from peak_app.ports.passkeys import Passkeys
from peak_app.ports.payments import Payments, PaymentsUnavailable
from peak_app.ports.reading import DocumentReader
from peak_app.ports.rooms import Rooms, RoomsUnavailable
from peak_app.ports.speech import Synthesiser
from peak_app.ports.storage import MediaStore
from peak_app.ports.voice import Voice, VoiceChoice, known_languages


def plans_of_settings(known: Settings) -> Mapping[str, Plan]:
    """The plans of this installation."""
    return plans_of(
        free_minutes=known.free_minutes,
        paid_minutes=known.paid_minutes,
        paid_price_cents=known.paid_price_cents,
        paid_currency=known.paid_currency,
    )


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


@dataclass(frozen=True)
class Services:
    """Every use case, made at first use, acting with one database role."""

    settings: Settings
    role: Literal["web", "worker"]

    @cached_property
    def sessions(self) -> TenantSessions:
        return TenantSessions(engine(database_url(self.settings, self.role)))

    @cached_property
    def media(self) -> MediaStore:
        """Recordings: in a bucket when there is one, else in the folder where calls leave them."""
        folder = FolderStore(self.settings.media_home)
        if self.settings.s3_bucket is None:
            return folder
        # The SDK takes a while to load, and is needed only here.
        from peak_app.adapters.s3.beside_folder import BucketBesideFolder  # noqa: PLC0415
        from peak_app.adapters.s3.storage import BucketStore  # noqa: PLC0415

        return BucketBesideFolder(BucketStore(self.settings, tell=self.outflows.tell), folder)

    @cached_property
    def outflows(self) -> OutflowService:
        return OutflowService(self.sessions, system_clock)

    @cached_property
    def accounts(self) -> AccountService:
        return AccountService(self.sessions, self.settings.derive, system_clock)

    @cached_property
    def identity_providers(self) -> Mapping[str, IdentityProvider]:
        """Who people may sign in by, by name."""
        offers = list_offers(self.settings)
        if not offers:
            return {}
        # Authlib takes a third of a second to load: only where someone is set up, and when someone first asks.
        from peak_app.adapters.authlib.github import GITHUB_API_URL, GITHUB_URL, GithubProvider  # noqa: PLC0415
        from peak_app.adapters.authlib.oidc import GOOGLE_ISSUER, OidcProvider  # noqa: PLC0415

        known, made = self.settings, dict[str, IdentityProvider]()
        timeout_s = min(10.0, known.provider_timeout_s)
        for offer in offers:
            if offer.name == GITHUB:
                made[GITHUB] = GithubProvider(
                    url=known.github_url or GITHUB_URL,
                    api_url=known.github_api_url or GITHUB_API_URL,
                    client_id=known.github_client_id or "",
                    client_secret=_plain(known.github_client_secret),
                    timeout_s=timeout_s,
                )
            elif offer.name == GOOGLE:
                made[GOOGLE] = OidcProvider(
                    name=GOOGLE,
                    label=offer.label,
                    issuer=known.google_url or GOOGLE_ISSUER,
                    client_id=known.google_client_id or "",
                    client_secret=_plain(known.google_client_secret),
                    timeout_s=timeout_s,
                    vouches_for_own_only=True,
                )
            else:
                made[OIDC] = OidcProvider(
                    name=OIDC,
                    label=offer.label,
                    issuer=known.oidc_issuer or "",
                    client_id=known.oidc_client_id or "",
                    client_secret=_plain(known.oidc_client_secret),
                    timeout_s=timeout_s,
                )
        return made

    @cached_property
    def identities(self) -> IdentityService:
        return IdentityService(
            self.sessions,
            system_clock,
            derive=self.settings.derive,
            providers=lambda: self.identity_providers,
            origin=self.settings.origin,
            count=self.outflows.count,
        )

    @cached_property
    def passkey_checks(self) -> Passkeys | None:
        """None: browsers make no passkeys for our address."""
        site = passkey_site(self.settings)
        if site is None:
            return None
        # As with providers: a third of a second, for those who use it.
        from peak_app.adapters.webauthn.passkeys import WebauthnPasskeys  # noqa: PLC0415

        within_ms = int(QUESTION_LIFE.total_seconds() * 1_000)
        return WebauthnPasskeys(site, name=t("shell.name"), within_ms=within_ms)

    @cached_property
    def passkeys(self) -> PasskeyService:
        return PasskeyService(
            self.sessions,
            system_clock,
            derive=self.settings.derive,
            passkeys=lambda: self.passkey_checks,
            origin=self.settings.origin,
        )

    @cached_property
    def mailroom(self) -> Mailroom:
        return Mailroom(self.sessions, system_clock)

    @cached_property
    def mailer(self) -> Mailer | None:
        """None: no mail server is set, and mail stays for the local inbox."""
        return SmtpMailer(self.settings) if self.settings.smtp_host else None

    @cached_property
    def practice_banks(self) -> PracticeBanks:
        return PracticeBanks(self.settings.ai_url)

    @cached_property
    def agents(self) -> AgentService:
        return AgentService(self.sessions, system_clock, self.moderate)

    @cached_property
    def moderate(self) -> Moderate:
        if not self.settings.moderates:
            return moderate_nothing
        # As with `language`: the SDK is loaded when an agent is first saved.
        from peak_app.adapters.openai.moderation import OpenAIModeration  # noqa: PLC0415

        return OpenAIModeration(self.settings, tell=self.outflows.tell).moderate

    @cached_property
    def voice_choice(self) -> VoiceChoice:
        """What of voices and languages there is to choose from."""
        return VoiceChoice(self.settings.voices, known_languages(self.settings.languages))

    @cached_property
    def reader(self) -> DocumentReader:
        return FileReader()

    @cached_property
    def meetings(self) -> MeetingService:
        return MeetingService(
            self.sessions,
            system_clock,
            self.notifications.tell_of_results,
            lambda text: self.moderate(text),  # noqa: PLW0108  most processes plan nothing, and load no SDK for it
        )

    @cached_property
    def notifications(self) -> NotificationService:
        return NotificationService(self.sessions, system_clock, self.settings.origin)

    @cached_property
    def calendars(self) -> CalendarService:
        return CalendarService(self.sessions, self.settings.derive, system_clock, self.settings.origin)

    @cached_property
    def deletions(self) -> DeletionService:
        return DeletionService(self.sessions, system_clock)

    @cached_property
    def departures(self) -> DepartureService:
        return DepartureService(
            self.sessions,
            system_clock,
            derive=self.settings.derive,
            get_allowance=self.billing.get_allowance,
            origin=self.settings.origin,
        )

    @cached_property
    def erasures(self) -> ErasureService:
        return ErasureService(self.sessions, system_clock)

    @cached_property
    def calls(self) -> CallService:
        return CallService(self.sessions, system_clock)

    @cached_property
    def model_usage(self) -> ModelUsageService:
        return ModelUsageService(self.sessions, Prices.of(self.settings), system_clock)

    @cached_property
    def bridges(self) -> BridgeService:
        return BridgeService(self.sessions, system_clock, most_lag_ms=self.settings.bridge_loop_lag_ms)

    @cached_property
    def billing(self) -> BillingService:
        known = self.settings
        return BillingService(
            self.sessions,
            system_clock,
            free_minutes=known.free_minutes,
            paid=plans_of_settings(known)[PLUS],
            grace=timedelta(days=known.payment_grace_days),
            provider=self.payment_provider,
        )

    @property
    def payment_provider(self) -> str:
        """Name of who sells the paid plan; empty: nobody does, and there is only the free one."""
        if self.settings.has_polar:
            return "polar"
        return SANDBOX if has_sandbox(self.settings) else ""

    @cached_property
    def payments(self) -> Payments:
        # Polar's SDK takes 40 MB and half a second: loaded when someone first wants to pay.
        from peak_app.adapters.polar.payments import PolarAccess, PolarPayments  # noqa: PLC0415

        known, name = self.settings, self.payment_provider
        if not name:
            raise PaymentsUnavailable(t("billing.nobody_sells"), retryable=False)
        if name == SANDBOX:
            access = PolarAccess(
                token=sandbox_token(known),
                webhook_secret=sandbox_secret(known),
                product_id=PRODUCT_ID,
                usage_event=known.polar_usage_event,
                url=f"http://127.0.0.1:{known.port}{SANDBOX_PATH}",
            )
            return PolarPayments(access, name=name, is_sandbox=True, tell=self.outflows.tell)
        token, secret = known.polar_access_token, known.polar_webhook_secret
        access = PolarAccess(
            token=token.get_secret_value() if token else "",
            webhook_secret=secret.get_secret_value() if secret else "",
            product_id=known.polar_product_id or "",
            usage_event=known.polar_usage_event,
            environment=known.polar_environment,
            url=known.polar_url,
            timeout_s=min(10.0, known.provider_timeout_s),
        )
        return PolarPayments(access, name=name, is_sandbox=False, tell=self.outflows.tell)

    @cached_property
    def subscriptions(self) -> SubscriptionService:
        return SubscriptionService(self.sessions, system_clock, lambda: self.payments)

    @cached_property
    def subscription_endings(self) -> SubscriptionEndingService:
        return SubscriptionEndingService(
            self.sessions, system_clock, lambda: self.payments, provider=self.payment_provider
        )

    @cached_property
    def usage_reports(self) -> UsageReportService:
        return UsageReportService(self.sessions, system_clock, lambda: self.payments, provider=self.payment_provider)

    @cached_property
    def room_service(self) -> Rooms:
        # Of many megabytes, an extra, and only where Stream is switched on.
        from peak_app.adapters.stream.rooms import StreamAccess, StreamRooms  # noqa: PLC0415

        known = self.settings
        if not known.stream_api_key or not known.stream_api_secret:
            raise RoomsUnavailable(t("rooms.off"), retryable=False)
        access = StreamAccess(
            api_key=known.stream_api_key,
            api_secret=known.stream_api_secret.get_secret_value(),
            url=known.stream_url,
            timeout_s=min(10.0, known.provider_timeout_s),
        )
        return StreamRooms(access, tell=self.outflows.tell)

    @cached_property
    def rooms(self) -> RoomService:
        return RoomService(
            self.sessions,
            system_clock,
            lambda: self.room_service,
            calls=self.calls,
            store=self.media,
            media_home=self.settings.media_home,
        )

    @cached_property
    def operations(self) -> OperationsService:
        return OperationsService(self.sessions, self.settings, system_clock, PipelineRuns(self.settings).fetch)

    @cached_property
    def recorder(self) -> RecorderService:
        return RecorderService(self.sessions, system_clock)

    @cached_property
    def alerts(self) -> AlertService:
        return AlertService(self.sessions, system_clock, self.settings.origin)

    @cached_property
    def progress(self) -> ProgressService:
        return ProgressService(self.sessions, system_clock)

    @cached_property
    def language(self) -> Language:
        # OpenAI's SDK takes 16 MB and half a second: for the processes that ask a model, not for all.
        from peak_app.adapters.openai.language import OpenAILanguage  # noqa: PLC0415

        return OpenAILanguage(self.settings, retries=0 if self.role == "worker" else 1, tell=self.outflows.tell)

    @cached_property
    def insights(self) -> InsightService:
        return InsightService(self.sessions, self.language, system_clock)

    @cached_property
    def lineage(self) -> LineageService:
        return LineageService(self.sessions)

    @cached_property
    def deliveries(self) -> DeliveryService:
        return DeliveryService(self.sessions, self.ears, self.recordings.open_voices, system_clock)

    @cached_property
    def ears(self) -> Ears:
        # Models and SciPy: only for the process that listens.
        from peak_app.adapters.ears.listening import LocalEars  # noqa: PLC0415

        return LocalEars()

    @cached_property
    def corrections(self) -> CorrectionService:
        return CorrectionService(self.sessions, system_clock)

    @cached_property
    def asking(self) -> AskService:
        return AskService(self.sessions, self.language, system_clock)

    @cached_property
    def scorecards(self) -> ScorecardService:
        return ScorecardService(self.sessions, self.language, system_clock)

    @cached_property
    def exports(self) -> ExportService:
        return ExportService(self.meetings, self.insights, self.scorecards, TypstTypesetter())

    @cached_property
    def archives(self) -> ArchiveService:
        return ArchiveService(self.sessions, self.exports, self.media, system_clock)

    @cached_property
    def voice(self) -> Voice:
        # Only the bridge speaks, and the SDK takes a while to load.
        from peak_app.adapters.openai.realtime import OpenAIVoice  # noqa: PLC0415

        return OpenAIVoice(self.settings)

    @cached_property
    def open_live_room(self) -> Callable[[UUID, LiveRoomCallbacks], LiveRoom] | None:
        """Makes a connection to a meeting's call at Stream; None: calls are not held there. Loads the SDK: a second.

        What it gives raises RoomSoftwareMissing when the extra is not installed.
        """
        key, secret = self.settings.stream_api_key, self.settings.stream_api_secret
        if key is None or secret is None:
            return None
        # Only the bridge takes part in calls, and only where they are held at Stream.
        from peak_app.adapters.stream.live_room import StreamRoom  # noqa: PLC0415
        from peak_app.adapters.stream.sdk import rtc_sdk  # noqa: PLC0415

        with suppress(RoomSoftwareMissing):
            rtc_sdk()
        # Shorter than the page and the web process wait for the coach.
        url, timeout_s = self.settings.stream_url, min(10.0, self.settings.provider_timeout_s)
        return lambda meeting_id, callbacks: StreamRoom(
            rtc_sdk(), meeting_id, callbacks, api_key=key, api_secret=secret, url=url, timeout_s=timeout_s
        )

    @cached_property
    def synthesiser(self) -> Synthesiser:
        # As above: the SDK is loaded when someone first wants to hear the voice.
        from peak_app.adapters.openai.speech import OpenAISynthesiser  # noqa: PLC0415

        return OpenAISynthesiser(self.settings, tell=self.outflows.tell)

    @cached_property
    def recordings(self) -> RecordingService:
        return RecordingService(
            self.sessions,
            self.media,
            system_clock,
            media_home=self.settings.media_home,
            retention_days=self.settings.retention_days,
        )


@cache
def services(role: Literal["web", "worker"] = "web") -> Services:
    """The services of this process."""
    return Services(settings(), role)
