"""Settings: every knob of the product, read once from the environment and `.env`.

Names carry the prefix `PEAK_`; keys of providers are also read under the names their own tools use.
"""

import hashlib
import hmac
import os
import re
import secrets
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from peak_app.this_machine import is_loopback

EMBEDDED_MODEL = "peak-practice-coach"
"""Name the embedded server answers with, so that nothing it writes passes for a language model's work."""
EMBEDDED_VOICE = "hibari"
"""The embedded server's one voice."""
EMBEDDED_TRANSCRIBER = "moonshine-tiny-en"
"""What writes down at the embedded server what a person says."""
OPENAI_VOICES = ("marin", "cedar", "alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse")
"""Voices of OpenAI's Realtime models."""
REASONING_MODELS = "gpt-realtime-2"
"""How the names of OpenAI's Realtime models begin that can be told how long to think."""

_ICE_ADDRESS = r"{kind}s?:([a-zA-Z0-9._-]+|\[[0-9a-fA-F:]+\])(:[0-9]{{1,5}})?(\?transport=(udp|tcp))?"


def _key(*names: str) -> AliasChoices:
    return AliasChoices(*names)


def url_list(value: str | None) -> list[str]:
    """The addresses of a setting that holds several."""
    return [url for part in (value or "").split(",") if (url := part.strip())]


class Settings(BaseSettings):
    """All settings. A field's docstring gives its unit and what None means."""

    model_config = SettingsConfigDict(
        env_prefix="PEAK_", env_file=".env", extra="ignore", populate_by_name=True, use_attribute_docstrings=True
    )

    home: Path = Path(".peak")
    """Folder for all state: database, recordings, logs, secret."""
    port: int = Field(3000, ge=1, le=65535)
    """The one public port."""
    host: str = "127.0.0.1"
    """Address the public port listens on."""
    public_url: str | None = None
    """Origin people reach the product by, for links in mail; None: http://127.0.0.1:{port}."""
    secret_key: SecretStr | None = None
    """Key for signatures and database passwords; None: made at first start and kept in `home`."""
    language: str = "en"
    """Which catalogue of strings the pages are built with."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least severe line that is printed."""

    database_url: SecretStr | None = None
    """PostgreSQL as its owner, for migrations; None: an embedded server below `home`."""
    database_web_url: SecretStr | None = None
    """The same database as the web role; None: derived from `database_url`."""
    database_worker_url: SecretStr | None = None
    """The same database as the worker role; None: derived from `database_url`."""
    database_pooler_url: SecretStr | None = None
    """The same database through a pooler (PgBouncer, Neon's pooled address), which may work by transaction: the traffic
    of web and worker role takes it, migrations and listening do not. None: there is none."""
    database_listen_url: SecretStr | None = None
    """Where announcements are heard (LISTEN), past any pooler; without a user, or with the owner's, each process uses
    its own role's. None: `database_web_url` or `database_worker_url`, else `database_url` as that role."""
    database_ca_file: Path | None = None
    """File of certificates (PEM). With it every server of these addresses must show a certificate they vouch for, made
    out to its name, whatever `sslmode` says. None: the addresses themselves say it (`sslmode`, `sslrootcert`)."""
    dagster_database_url: SecretStr | None = None
    """Dagster's own database, past any pooler; None: `dagster` on the same server."""
    postgres_data: Path | None = None
    """Data folder of the embedded PostgreSQL; None: below `home`, or /var/lib/peak when root keeps that private."""

    ai_url: str = "http://127.0.0.1:3010"
    """Embedded AI server, without /v1. The launcher sets it."""
    bridge_url: str = "http://127.0.0.1:3011"
    """Signalling address of the bridge, used while none has registered itself. The launcher sets it."""
    ops_url: str = "http://127.0.0.1:3012"
    """Dagster's webserver, for operators. The launcher sets it."""
    metrics_port: int | None = Field(None, ge=1, le=65535)
    """Port of 127.0.0.1 for the metrics of a process that has no HTTP of its own; None: it shows none. The launcher
    sets it."""

    openai_api_key: SecretStr | None = Field(None, validation_alias=_key("PEAK_OPENAI_API_KEY", "OPENAI_API_KEY"))
    """Key for OpenAI, or for `openai_base_url`; None: when that is not set either, the embedded server is used."""
    openai_base_url: str | None = Field(None, validation_alias=_key("PEAK_OPENAI_BASE_URL", "OPENAI_BASE_URL"))
    """OpenAI-compatible service, with /v1; None: OpenAI's own when there is a key, else the embedded server."""
    realtime_model: str = "gpt-realtime-2.1"
    """Speech-to-speech model for calls."""
    realtime_voice: str = "marin"
    """Voice of the agent when its own setting names none."""
    realtime_voices: str | None = None
    """Voices people may choose from for their agents, with commas between them; None: OpenAI's own at OpenAI, elsewhere
    `realtime_voice` alone. The embedded server has one voice whatever this says."""
    speech_languages: str | None = None
    """Codes of the languages calls may be held in, with commas between them (en, de, fr); None: all the product knows
    at OpenAI, elsewhere `language` alone. The embedded server knows English whatever this says."""
    turn_detection: Literal["semantic_vad", "server_vad"] = "semantic_vad"
    """How the Realtime service tells that a turn is over: by eagerness, or by a length of quiet. Each agent's
    turn-taking sets either."""
    realtime_noise_reduction: Literal["near_field", "far_field", "off"] = "near_field"
    """What the service takes out of the person's sound: for a headset, for a laptop's or a room's microphone, or
    nothing."""
    realtime_speed: float = Field(1.0, ge=0.25, le=1.5)
    """How fast the agent speaks, as a multiple of its usual pace."""
    realtime_max_output_tokens: int = Field(1_200, ge=1, le=4_096)
    """Longest answer in a call, in tokens; what is longer breaks off."""
    realtime_context_tokens: int = Field(8_000, ge=0)
    """How much of a conversation the voice model keeps in mind behind its instructions, in tokens: a cap of what every
    answer costs. 0: as much as it can."""
    realtime_retention_ratio: float = Field(0.8, gt=0, le=1)
    """Which share of that is kept when it is full; the oldest goes first."""
    realtime_reasoning_effort: Literal["minimal", "low", "medium", "high", "xhigh"] | None = None
    """How long the voice model thinks before it speaks; None: as it is used to. At OpenAI only models called
    gpt-realtime-2 and above know it."""
    transcription_model: str = "gpt-transcribe"
    """Model that writes down what the person says."""
    transcription_prompt: str | None = Field(None, max_length=2_000)
    """What a transcription model is told of the calls to come (expect words of medicine), where it takes that; None:
    nothing."""
    transcription_keywords: str | None = Field(None, max_length=2_000)
    """Words that are often said and seldom understood, with commas between them; gpt-transcribe takes them. None:
    none."""
    speech_model: str = "gpt-4o-mini-tts"
    """Model that speaks the coach's sentence in the lobby; without one the lobby says so and the call is the same."""
    moderation: Literal["openai", "on", "off"] = "openai"
    """Whether what agents are told and given to read, and what a meeting is to practise, is shown to the moderation
    model before it is saved: at OpenAI itself, also at `openai_base_url`, or never. The embedded server has no such
    model and is never asked."""
    moderation_model: str = "omni-moderation-latest"
    """Model that moderates."""
    text_model: str = "gpt-5.4-mini"
    """Model for summaries and answers."""
    embedding_model: str = "text-embedding-3-small"
    """Model for the search index; must be able to give 384 dimensions."""
    text_input_usd_per_million: float | None = Field(None, ge=0)
    """What a million tokens cost that the text model reads, in US dollars; None: no cost is noted."""
    text_output_usd_per_million: float | None = Field(None, ge=0)
    """What a million tokens cost that the text model writes, in US dollars; None: no cost is noted."""
    embedding_usd_per_million: float | None = Field(None, ge=0)
    """What a million tokens cost that the embedding model reads, in US dollars; None: no cost is noted."""
    realtime_text_input_usd_per_million: float | None = Field(None, ge=0)
    """What a million tokens of text cost that the voice model reads, in US dollars; None: no cost of calls is noted."""
    realtime_audio_input_usd_per_million: float | None = Field(None, ge=0)
    """The same for sound it hears."""
    realtime_cached_text_usd_per_million: float | None = Field(None, ge=0)
    """The same for text it has read before; None: no less than for other text."""
    realtime_cached_audio_usd_per_million: float | None = Field(None, ge=0)
    """The same for sound it has heard before; None: no less than for other sound."""
    realtime_text_output_usd_per_million: float | None = Field(None, ge=0)
    """What a million tokens of text cost that the voice model writes; None: no cost of calls is noted."""
    realtime_audio_output_usd_per_million: float | None = Field(None, ge=0)
    """The same for sound it speaks."""
    transcription_input_usd_per_million: float | None = Field(None, ge=0)
    """What a million tokens cost that the transcription model hears or reads, in US dollars; None: no cost is noted."""
    transcription_output_usd_per_million: float | None = Field(None, ge=0)
    """What a million tokens cost that the transcription model writes, in US dollars; None: no cost is noted."""
    transcription_usd_per_minute: float | None = Field(None, ge=0)
    """What a minute of sound costs where the transcription model is billed by time, in US dollars; None: no cost is
    noted."""
    provider_timeout_s: float = Field(30.0, gt=0)
    """Longest wait for one request to a provider, in seconds."""

    llm_base_url: str | None = None
    """Text model (Ollama, llama-server, vLLM) as the embedded server's brain; None: the practice coach."""
    llm_api_key: SecretStr | None = None
    """Key for `llm_base_url`; None: sends a placeholder."""
    llm_model: str = "default"
    """Model name sent to `llm_base_url`."""

    polar_access_token: SecretStr | None = None
    """Key of an organization at Polar, for upgrades; needs the two settings below as well. None: only on this very
    machine there is a sandbox without money."""
    polar_webhook_secret: SecretStr | None = None
    """What Polar signs webhooks to /api/webhooks/polar with."""
    polar_product_id: str | None = None
    """The paid plan's product at Polar."""
    polar_environment: Literal["production", "sandbox"] = "production"
    """Which of Polar's services."""
    polar_url: str | None = None
    """Address of a server that speaks Polar's protocol; None: Polar's own."""
    polar_usage_event: str = Field("interview", min_length=1, max_length=100)
    """Name of the events that tell Polar what its subscribers used, for a meter there."""

    s3_access_key_id: SecretStr | None = Field(
        None, validation_alias=_key("PEAK_S3_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID")
    )
    """Name of the key that may read, write, list and delete in `s3_bucket`. Without that setting it is not used."""
    s3_secret_access_key: SecretStr | None = Field(
        None, validation_alias=_key("PEAK_S3_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY")
    )
    """The key itself. No other credentials of the machine are ever looked for."""
    s3_bucket: str | None = Field(None, pattern="^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
    """Bucket of an S3-compatible service for recordings; needs both keys. None: they are kept in `home`."""
    s3_endpoint: str | None = None
    """Address of the service (https://host); None: Amazon's own, in `s3_region`. Without TLS only on this machine."""
    s3_region: str = Field("us-east-1", pattern="^[a-z0-9-]{1,40}$")
    """Region of the bucket, as its provider calls it."""
    s3_prefix: str | None = Field(None, pattern="^[A-Za-z0-9_-]{1,40}(/[A-Za-z0-9_-]{1,40}){0,4}$")
    """Folder of the bucket for this installation, so that several can share one; None: all of it."""
    s3_addressing: Literal["auto", "path", "virtual"] = "auto"
    """Where the bucket's name stands: in the path, or before the host. `auto`: before Amazon's host, else in the
    path."""

    stream_api_key: str | None = Field(None, validation_alias=_key("PEAK_STREAM_API_KEY", "STREAM_API_KEY"))
    """Key of an app at Stream, for calls held in Stream Video; needs `stream_api_secret`, the extra `stream` and a page
    built with both. None: calls go straight to the bridge."""
    stream_api_secret: SecretStr | None = Field(
        None, validation_alias=_key("PEAK_STREAM_API_SECRET", "STREAM_API_SECRET")
    )
    """Secret of the same app: signs tokens, and checks what Stream sends to /api/webhooks/stream."""
    stream_url: str | None = None
    """Base address of Stream's HTTP interface; None: Stream's own."""
    stream_ws_url: str | None = None
    """Address of the websocket by which Stream coordinates calls; None: Stream's own."""

    smtp_host: str | None = None
    """Mail server; None: mail stays in the local inbox at /dev/inbox."""
    smtp_port: int = 587
    """Port of the mail server."""
    smtp_username: str | None = None
    """User at the mail server; None: no login."""
    smtp_password: SecretStr | None = None
    """Password at the mail server."""
    smtp_start_tls: bool = True
    """Whether to upgrade the connection to TLS before anything is sent."""
    smtp_implicit_tls: bool = False
    """Whether the connection begins with TLS, as on port 465; then nothing is upgraded."""
    smtp_ca_file: Path | None = None
    """File of certificates (PEM) that the mail server's must be vouched for by; None: those this machine trusts."""
    mail_from: str = "PeakInterviewsAI <no-reply@localhost>"
    """Sender of every mail."""

    google_client_id: str | None = None
    """Client at Google for "Continue with Google"; needs the secret as well. None: nobody signs in by Google."""
    google_client_secret: SecretStr | None = None
    """Secret of `google_client_id`."""
    google_url: str | None = None
    """Address of a provider that speaks for Google; None: https://accounts.google.com."""
    github_client_id: str | None = None
    """OAuth app at GitHub for "Continue with GitHub"; needs the secret as well. None: nobody signs in by GitHub."""
    github_client_secret: SecretStr | None = None
    """Secret of `github_client_id`."""
    github_url: str | None = None
    """GitHub's pages, for GitHub Enterprise (https://github.example.org); None: https://github.com."""
    github_api_url: str | None = None
    """GitHub's API, for GitHub Enterprise (https://github.example.org/api/v3); None: https://api.github.com."""
    oidc_issuer: str | None = None
    """Any OpenID Connect provider, by its issuer: what stands before /.well-known/openid-configuration. Needs a client
    and its secret as well. None: no such provider."""
    oidc_client_id: str | None = None
    """Client at `oidc_issuer`."""
    oidc_client_secret: SecretStr | None = None
    """Secret of `oidc_client_id`."""
    oidc_name: str = Field("single sign-on", min_length=1, max_length=40)
    """What the button calls `oidc_issuer`: "Continue with ..."."""

    free_minutes: int = Field(60, ge=0)
    """Minutes of call a person has in each calendar month on the free plan."""
    paid_minutes: int = Field(600, ge=0)
    """Minutes of call in each calendar month on the paid plan."""
    paid_price_cents: int = Field(1900, ge=0)
    """What the paid plan costs a month before taxes, in hundredths of `paid_currency`, as pages say it. What is charged
    is the price of the product at Polar."""
    paid_currency: str = Field("usd", pattern="^[a-zA-Z]{3}$")
    """Currency of `paid_price_cents`, three letters."""
    payment_grace_days: int = Field(7, ge=0)
    """How long a paid plan holds after its period while the payment service does not answer, or after a payment that
    failed, in days."""
    max_call_minutes: int = Field(45, ge=1)
    """Longest single call, in minutes."""
    reconnect_grace_s: int = Field(90, ge=5)
    """How long a call whose person dropped out waits for them, in seconds."""
    retention_days: int = Field(90, ge=1)
    """How long recordings are kept, in days."""

    bridge_capacity: int = Field(32, ge=1)
    """Calls one bridge holds at most; whoever comes then waits in line."""
    bridge_announced_url: str | None = None
    """Where the web process reaches this bridge; None: the host and port it listens on."""
    bridge_drain_s: int = Field(3_600, ge=0)
    """How long a bridge that is told to stop (SIGTERM) lets its calls go on before it hands them on, in seconds."""
    bridge_loop_lag_ms: float = Field(10.0, gt=0)
    """99th percentile of how late a bridge's event loop may be before it takes no calls beside those it has, in
    milliseconds."""

    bridge_public_ip: str | None = None
    """Address under which browsers reach the bridge's UDP ports, when that is none of its own (NAT 1:1); None: its own
    ones."""
    stun_urls: str | None = None
    """STUN servers for calls (stun:host:port), with commas between them; None: none."""
    turn_urls: str | None = None
    """TURN servers for calls (turn:host:port?transport=udp, turns:host:port), with commas between them; None: none."""
    turn_secret: SecretStr | None = None
    """What coturn calls static-auth-secret: each person gets a name and password of their own that expire; None:
    `turn_username` and `turn_password` are used."""
    turn_username: str | None = None
    """User at the TURN servers; None: none."""
    turn_password: SecretStr | None = None
    """Password at the TURN servers. Everyone who holds a call gets to know it; better set `turn_secret`."""
    ice_transport_policy: Literal["all", "relay"] = "all"
    """Which ways the page may take: all, or those through a TURN server only."""

    dagster_launcher: Literal["warm", "stock"] = "warm"
    """What starts the pipeline's runs: our warm workers and a daemon that looks five times a second, or Dagster's own
    launcher and pace. With `stock` nothing of Dagster's insides is used to start a run, and results take some 5 s
    longer."""

    metrics_token: SecretStr | None = None
    """What a reader of /metrics must show as `Authorization: Bearer`; None: metrics are shown on this machine only."""

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object, info: ValidationInfo) -> object:
        is_empty = isinstance(value, str) and not value.strip()
        return None if is_empty and cls.model_fields[info.field_name or ""].default is None else value

    @field_validator("home", "database_ca_file", "smtp_ca_file", mode="after")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value else value

    @field_validator("stun_urls", "turn_urls", mode="after")
    @classmethod
    def _ice_addresses(cls, value: str | None, info: ValidationInfo) -> str | None:
        kind = (info.field_name or "").removesuffix("_urls")
        bad = [url for url in url_list(value) if not re.fullmatch(_ICE_ADDRESS.format(kind=kind), url)]
        if bad:
            raise ValueError(f"it must hold addresses like {kind}:host:port, with commas between them")
        return value

    @field_validator("realtime_reasoning_effort", mode="after")
    @classmethod
    def _only_where_it_is_known(cls, value: str | None, info: ValidationInfo) -> str | None:
        is_openai = bool(info.data.get("openai_api_key")) and not info.data.get("openai_base_url")
        model = str(info.data.get("realtime_model", ""))
        if value and is_openai and not model.startswith(REASONING_MODELS):
            raise ValueError(f"{model[:80]} does not think before it speaks: only {REASONING_MODELS} and above do")
        return value

    @field_validator("stream_url", "stream_ws_url", mode="after")
    @classmethod
    def _stream_address(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None:
            return None
        scheme, parts = "ws" if info.field_name == "stream_ws_url" else "http", urlsplit(value)
        host = parts.hostname or ""
        if not host or parts.query or parts.fragment or "@" in parts.netloc or not re.fullmatch("[!-~]+", value):
            raise ValueError(f"it must be an address like {scheme}s://host:port, without a password")
        if parts.scheme != f"{scheme}s" and not (parts.scheme == scheme and is_loopback(host)):
            raise ValueError(f"it must begin with {scheme}s://; without TLS only on this machine")
        return value.rstrip("/")

    @field_validator("google_url", "github_url", "github_api_url", "oidc_issuer", mode="after")
    @classmethod
    def _sign_in_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        host = parts.hostname or ""
        # Codes and secrets go there: in the clear to this very machine only.
        is_guarded = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
        if not is_guarded or not host or parts.query or parts.fragment or parts.username is not None:
            raise ValueError("it must be an address like https://accounts.example.org")
        return value

    @field_validator("s3_bucket", mode="after")
    @classmethod
    def _bucket_with_keys(cls, value: str | None, info: ValidationInfo) -> str | None:
        # Half a configuration must not end in recordings kept somewhere else than its author believes.
        if value is not None and not (info.data.get("s3_access_key_id") and info.data.get("s3_secret_access_key")):
            raise ValueError("it needs PEAK_S3_ACCESS_KEY_ID and PEAK_S3_SECRET_ACCESS_KEY")
        return value

    @field_validator("s3_endpoint", mode="after")
    @classmethod
    def _s3_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError("it must be an address like https://host:port, without a path or a password")
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
            raise ValueError("it must begin with https://; without TLS only on this machine")
        return value.rstrip("/")

    @field_validator("bridge_public_ip", mode="after")
    @classmethod
    def _ip(cls, value: str | None) -> str | None:
        return str(ip_address(value)) if value else value

    @property
    def media_home(self) -> Path:
        """Folder of live files and recordings, by owner and meeting."""
        return self.home / "media"

    @property
    def is_embedded_ai(self) -> bool:
        """Whether speech and language come from the embedded server."""
        return self.openai_api_key is None and self.openai_base_url is None

    @property
    def is_practice_coach(self) -> bool:
        """Whether no language model is connected: the embedded coach leads the calls, and summaries only quote."""
        return self.is_embedded_ai and self.llm_base_url is None

    @property
    def is_openai(self) -> bool:
        """Whether speech and language come from OpenAI itself."""
        return not self.is_embedded_ai and self.openai_base_url is None

    @property
    def moderates(self) -> bool:
        """Whether what agents are told is moderated."""
        return self.is_openai if self.moderation == "openai" else self.moderation == "on" and not self.is_embedded_ai

    @property
    def voices(self) -> tuple[str, ...]:
        """Voices an agent may have, the usual one first."""
        if self.is_embedded_ai:
            return (EMBEDDED_VOICE,)
        named = OPENAI_VOICES if self.is_openai else ()
        wanted = url_list(self.realtime_voices) if self.realtime_voices else named
        return (self.realtime_voice, *(voice for voice in wanted if voice != self.realtime_voice))

    @property
    def languages(self) -> tuple[str, ...] | None:
        """Codes of the languages the voice server speaks and understands; None: all that the product knows."""
        if self.is_embedded_ai:
            return ("en",)
        if self.speech_languages:
            return tuple(url_list(self.speech_languages))
        return None if self.is_openai else (self.language,)

    @property
    def has_polar(self) -> bool:
        """Whether upgrades go through Polar."""
        return bool(self.polar_access_token and self.polar_webhook_secret and self.polar_product_id)

    @property
    def s3_host(self) -> str | None:
        """Who keeps recordings; None: this machine does."""
        if self.s3_bucket is None:
            return None
        return urlsplit(self.s3_endpoint).hostname if self.s3_endpoint else f"s3.{self.s3_region}.amazonaws.com"

    @property
    def has_stream(self) -> bool:
        """Whether calls are held in Stream Video."""
        return bool(self.stream_api_key and self.stream_api_secret)

    @property
    def has_warm_workers(self) -> bool:
        """Whether runs of the pipeline are taken by our own workers."""
        return self.dagster_launcher == "warm"

    @property
    def language_api_url(self) -> str | None:
        """Base address for the OpenAI SDK; None: the SDK's own default."""
        return f"{self.ai_url}/v1" if self.is_embedded_ai else self.openai_base_url

    @property
    def language_api_key(self) -> str:
        return self.openai_api_key.get_secret_value() if self.openai_api_key else "local"

    @property
    def origin(self) -> str:
        """Origin of links in mail and of the page itself."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @property
    def origins(self) -> frozenset[str]:
        """Origins a page may have that calls us: the public one, and the loopback names when we listen there."""
        return frozenset({self.origin, f"http://127.0.0.1:{self.port}", f"http://localhost:{self.port}"})

    def secret(self) -> bytes:
        """The installation's secret; made and stored at first use when no setting gives one."""
        if self.secret_key:
            return self.secret_key.get_secret_value().encode()
        path = self.home / "secret"
        if not path.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            draft = path.with_suffix(f".{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_urlsafe(32))
            # Linking is atomic and fails when another process was first: both then read the same secret.
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_text().strip().encode()

    def derive(self, purpose: str) -> bytes:
        """A key for one purpose, so that a leak of one tells nothing about another. 32 bytes."""
        return hmac.new(self.secret(), purpose.encode(), hashlib.sha256).digest()


@cache
def settings() -> Settings:
    """The settings of this process, read at first use."""
    return Settings()  # pyright: ignore[reportCallIssue]  # every field has a default
