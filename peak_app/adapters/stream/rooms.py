"""Calls held in Stream Video, through Stream's SDK.

The SDK is an extra, under an agreement for Stream's customers only (docs/services.md): nothing imports it before it is
used, and without it every method that needs it says so.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from peak_app.adapters.stream import webhooks
from peak_app.adapters.stream.files import FileFetcher
from peak_app.adapters.stream.names import CALL_TYPE, call_cid, call_id
from peak_app.i18n.catalogue import t
from peak_app.ports.live_rooms import coach_in_room, person_in_room
from peak_app.ports.outflows import Contact, Tell, outside_host, tell_nobody
from peak_app.ports.rooms import FileKind, HeldFile, RoomBell, RoomPass, RoomsUnavailable
from peak_app.this_machine import is_loopback

if TYPE_CHECKING:
    from getstream import Stream  # pyright: ignore[reportMissingImports]

OWN_URL = "https://chat.stream-io-api.com"
"""Stream's own address, as the SDK has it."""
PASS_LIFE = timedelta(minutes=10)
"""The page fetches another one before this is over; what is left lying about is soon worth nothing."""
_READ_ATTEMPTS = 3
"""Of what only reads. Nothing else is repeated here: whoever asks does, and every method may be."""
_LONGEST_BACKOFF_S = 5.0
_GONE = 404
_MOST_FILES = 200
"""Of one call, to be looked at."""
_LISTS = {FileKind.RECORDING: "recordings", FileKind.TRANSCRIPTION: "transcriptions"}


@dataclass(frozen=True, slots=True)
class StreamAccess:
    """Where Stream is and how it knows us. `url` None: Stream's own."""

    api_key: str
    api_secret: str
    url: str | None = None
    timeout_s: float = 10.0


class StreamRooms:
    """See `ports.rooms.Rooms`."""

    def __init__(self, access: StreamAccess, *, tell: Tell = tell_nobody) -> None:
        self._access = access
        self._tell = tell
        self._files = FileFetcher(access.url or OWN_URL, timeout_s=access.timeout_s, tell=self._note)

    def open_room(self, owner_id: UUID, meeting_id: UUID, *, is_recorded: bool, longest: timedelta) -> None:
        with _with_sdk():
            from getstream.models import (  # noqa: PLC0415  # pyright: ignore[reportMissingImports]
                AudioSettingsRequest,
                CallRequest,
                CallSettingsRequest,
                LimitsSettingsRequest,
                RecordSettingsRequest,
                TranscriptionSettingsRequest,
                UserRequest,
                VideoSettingsRequest,
            )

        mode = "auto-on" if is_recorded else "disabled"
        kept = {
            "recording": RecordSettingsRequest(mode=mode),
            "transcription": TranscriptionSettingsRequest(mode=mode, closed_caption_mode="disabled", language="auto"),
        }
        longest_s = max(1, int(longest.total_seconds()))
        whole = CallSettingsRequest(
            **kept,
            limits=LimitsSettingsRequest(max_duration_seconds=longest_s),
            # The page has its devices already, as they were chosen in the lobby; Stream's software opens none.
            audio=AudioSettingsRequest(default_device="speaker", mic_default_on=False),
            video=VideoSettingsRequest(camera_default_on=False),
        )
        person, coach = person_in_room(owner_id), coach_in_room(meeting_id)
        with self._reached():
            # Ids and no names: the page and the bridge know whose they are.
            self._client.upsert_users(UserRequest(id=person, role="user"), UserRequest(id=coach, role="user"))
            call = self._client.video.call(CALL_TYPE, call_id(meeting_id))
            found = call.get_or_create(
                data=CallRequest(created_by_id=person, custom={"meeting_id": str(meeting_id)}, settings_override=whole)
            )
            if not found.data.created:
                # In the lobby one may choose otherwise until the call runs.
                call.update(settings_override=CallSettingsRequest(**kept))

    def make_pass(self, owner_id: UUID, meeting_id: UUID, at: datetime) -> RoomPass:
        person = person_in_room(owner_id)
        with self._reached():
            token = self._client.create_call_token(
                person, call_cids=[call_cid(meeting_id)], expiration=int(PASS_LIFE.total_seconds())
            )
        return RoomPass(
            self._access.api_key, token, person, coach_in_room(meeting_id), call_id(meeting_id), at + PASS_LIFE
        )

    def close_room(self, meeting_id: UUID) -> None:
        call = self._call(meeting_id)
        # What does not run can't be stopped, and says so by a refusal.
        for stop in (lambda: call.stop_recording(recording_type="composite"), call.stop_transcription):
            with self._reached(refusals=(400, _GONE)):
                stop()
        with self._reached(refusals=(_GONE,)):
            call.end()

    def list_files(self, meeting_id: UUID) -> Sequence[HeldFile]:
        held: list[HeldFile] = []
        for kind, name in _LISTS.items():
            with self._reached(refusals=(_GONE,)):
                # Past the SDK's own models: they take times in one of Stream's two formats only.
                path = f"/api/v2/video/call/{{type}}/{{id}}/{name}"
                call = {"type": CALL_TYPE, "id": call_id(meeting_id)}
                found = self._client.video.get(path, _Answer, path_params=call).data.content
                held += [_held(kind, file) for file in found[name]]
        return held[:_MOST_FILES]

    def fetch_file(self, file: HeldFile, place: Path, limit: int) -> int:
        return self._files.fetch(file.url, place, limit)

    def erase_room(self, meeting_id: UUID) -> None:
        call = self._call(meeting_id)
        for file in self.list_files(meeting_id):
            is_recording = file.kind is FileKind.RECORDING
            delete: Callable[..., Any] = call.delete_recording if is_recording else call.delete_transcription
            with self._reached(refusals=(_GONE,)):
                delete(session=file.session_id, filename=file.filename)
        with self._reached(refusals=(_GONE,)):
            call.delete(hard=True)
        self._erase_users(coach_in_room(meeting_id))

    def erase_person(self, owner_id: UUID) -> None:
        self._erase_users(person_in_room(owner_id))

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> RoomBell:
        return webhooks.read_webhook(body, headers, self._access.api_secret)

    def check_keys(self) -> None:
        """Ask for something that only the right keys open. Raises: RoomsUnavailable."""
        with self._reached():
            self._client.get_app()

    def _erase_users(self, user_id: str) -> None:
        with self._reached(refusals=(_GONE,)):
            self._client.delete_users([user_id], user="hard", messages="hard", conversations="hard", calls="hard")

    def _call(self, meeting_id: UUID) -> Any:
        with self._reached():
            return self._client.video.call(CALL_TYPE, call_id(meeting_id))

    @cached_property
    def _client(self) -> "Stream":
        from getstream import Stream  # noqa: PLC0415  # pyright: ignore[reportMissingImports]
        from getstream.config import RetryConfig  # noqa: PLC0415  # pyright: ignore[reportMissingImports]

        access, url = self._access, self._access.url or OWN_URL
        http = httpx.Client(
            # Without the proxies of the environment when the server is on this very machine.
            trust_env=not is_loopback(urlsplit(url).hostname or ""),
            event_hooks={"request": [lambda request: self._note(request.url.host, len(request.content))]},
        )
        return Stream(
            api_key=access.api_key,
            api_secret=access.api_secret,
            base_url=url,
            http_client=http,
            request_timeout=access.timeout_s,
            retry=RetryConfig(enabled=True, max_attempts=_READ_ATTEMPTS, max_backoff=_LONGEST_BACKOFF_S),
        )

    def _note(self, host: str, sent_bytes: int) -> None:
        # The host, and how much: never the address, which names the meeting.
        if name := outside_host(host):
            self._tell(Contact(name, "room", sent_bytes=sent_bytes))

    @contextmanager
    def _reached(self, refusals: tuple[int, ...] = ()) -> Iterator[None]:
        """The one place where the SDK's errors become ours. Statuses in `refusals` are none."""
        with _with_sdk():
            from getstream.exceptions import (  # noqa: PLC0415  # pyright: ignore[reportMissingImports]
                StreamApiException,
                StreamException,
                StreamRateLimitException,
            )
        try:
            yield
        except StreamRateLimitException as error:
            wait_s = error.retry_after.total_seconds() if error.retry_after else None
            raise RoomsUnavailable(t("rooms.away"), retry_after_s=wait_s) from error
        except StreamApiException as error:
            if error.status_code in refusals:
                return
            if error.status_code in (401, 403):
                raise RoomsUnavailable(t("rooms.keys"), retryable=False) from error
            is_ours = 400 <= error.status_code < 500
            raise RoomsUnavailable(t("rooms.refused" if is_ours else "rooms.away"), retryable=not is_ours) from error
        except (StreamException, ValueError, TypeError, KeyError) as error:
            # Silence, or an answer that the SDK can't read.
            raise RoomsUnavailable(t("rooms.away")) from error


@contextmanager
def _with_sdk() -> Iterator[None]:
    try:
        yield
    except ImportError:
        raise RoomsUnavailable(t("rooms.no_extra"), retryable=False) from None


class _Answer:
    """What Stream answered, as the SDK reads answers."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content

    @classmethod
    def from_dict(cls, content: dict[str, Any], *, infer_missing: bool) -> "_Answer":  # noqa: ARG003 - the SDK's
        return cls(content)


def _held(kind: FileKind, file: dict[str, Any]) -> HeldFile:
    return HeldFile(kind, str(file["session_id"]), str(file["filename"]), str(file["url"]))
