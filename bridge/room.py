"""One meeting's call: performs what the session decides, on real connections, files and the journal.

A room outlives its page (which may come back, or be replaced) and its connection to the model.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import assert_never
from uuid import UUID, uuid4

from bridge import metrics
from bridge.agenda import Agenda
from bridge.clocks import MeetingClock
from bridge.commands import (
    AddLine,
    Ask,
    CancelReply,
    Command,
    CommitSpeech,
    EndCall,
    EndReason,
    EnterStage,
    FinishPlaying,
    NoteDelay,
    PausePlaying,
    Play,
    RestartVoice,
    ResumePlaying,
    SaveTurn,
    SendSilence,
    SendSound,
    StopPlaying,
    Tell,
    Truncate,
)
from bridge.events import (
    CallEvent,
    DoneAsked,
    EndAsked,
    LineTyped,
    MicHeard,
    PageConnected,
    PageLost,
    PlaybackCut,
    PlaybackFinished,
    PlaybackProgressed,
    PlaybackStarted,
    ThinkAsked,
    Ticked,
    WishAsked,
)
from bridge.hosted.call import HostedCall
from bridge.journal import Entry, Journal
from bridge.leaving import NOTHING_LEAVES, Leaving
from bridge.media.activity import VoiceActivity
from bridge.media.playout import PlayoutCallbacks
from bridge.media.uplink import Heard
from bridge.messages import (
    CameraChange,
    Caption,
    DoneRequest,
    Ended,
    EndRequest,
    MuteChange,
    PageRequest,
    Problem,
    ThinkRequest,
    Time,
    TypedAnswer,
    WishRequest,
)
from bridge.peer import Peer
from bridge.prompts import instructions_for
from bridge.recording import Segment, TrackWriter, open_segment
from bridge.seat import Seat, SeatCallbacks
from bridge.session import CallPlan, CallSession
from bridge.voice_link import VoiceLink
from peak_app.domain.meetings.calls import CallService
from peak_app.domain.meetings.ticket import Ticket
from peak_app.domain.meetings.turns import CallBrief, Turn
from peak_app.domain.recordings.folders import live_folder
from peak_app.errors import Conflict, PeakError, ServiceUnavailable
from peak_app.i18n.catalogue import t
from peak_app.ports.live_rooms import LiveRoom, LiveRoomCallbacks, person_in_room
from peak_app.ports.outflows import Contact
from peak_app.ports.usage import ModelUse
from peak_app.ports.voice import PastLine, Pcm16, Voice, VoiceSetup

log = logging.getLogger(__name__)

TICK_S = 1.0
SETTLE_S = 2.5
"""Longest wait at the end for the person's last words to be written down."""
FAREWELL_S = 0.3
"""Time for the last messages to reach the page before its connection is closed."""
_SILENCE = bytes(24_000 * 2)
"""A second: longer than the quiet that ends a turn."""
NoteUse = Callable[[UUID, UUID, str, ModelUse], object]
"""Takes owner, meeting, a name for the connection to the model, and what something on it took."""
_TAKEN_OVER = "taken_over"
_DRAINED = "drained"


@dataclass(frozen=True, slots=True)
class RoomSetting:
    """What all rooms of a bridge share."""

    bridge_id: str
    media_home: Path
    calls: CallService
    voice: Voice
    journal: Journal
    writer: TrackWriter
    max_call_ms: int
    grace_ms: int
    language: str
    now: Callable[[], datetime]
    leaving: Leaving = NOTHING_LEAVES
    open_live_room: Callable[[UUID, LiveRoomCallbacks], LiveRoom] | None = None
    """Makes a connection to a meeting's call at the video service; None: calls are not held there."""
    note_use: NoteUse = lambda _owner_id, _meeting_id, _connection, _use: None


class Room:
    """`open` once, then `run` as its own task; `join` for each page that comes."""

    def __init__(self, setting: RoomSetting, brief: CallBrief) -> None:
        self.meeting_id: UUID = brief.meeting_id
        self.owner_id: UUID = brief.owner_id
        self._setting = setting
        self._loop = asyncio.get_running_loop()
        self._clock = MeetingClock(brief.started_at, setting.now())
        self._brief = brief
        waits_for_words = setting.voice.traits.knows_words_at_once
        self._session = CallSession(_plan(brief, grace_ms=setting.grace_ms, waits_for_words=waits_for_words))
        self._activity = VoiceActivity()
        stage = Agenda(brief.conduct.stages, 0).stage_at(self._clock.now_ms())
        conduct = brief.conduct
        is_offered = conduct.language in setting.voice.traits.languages
        self._language = conduct.language if is_offered else ""
        setup = VoiceSetup(
            self._instructions(stage),
            brief.practice_bank,
            self._language or setting.language,
            conduct.turn_taking,
            conduct.voice,
        )
        self._link = VoiceLink(
            setting.voice,
            setup,
            clock=self._clock,
            emit=self._feed,
            history=lambda: self._session.history,
            last_voice_ms=self._activity.last_voice_ms,
            on_attempt=lambda: self._note_leaving(setting.leaving.on_attempt()),
            is_between_turns=lambda: self._session.is_between_turns,
            on_use=self._note_use,
        )
        self._seat: Seat | None = None
        self._seats: dict[Seat, tuple[Ticket, float]] = {}
        """Those that are not closed, each with the ticket it came with and the loop's time of that."""
        self._hosted: HostedCall | None = None
        self._hosted_ticket: Ticket | None = None
        self._segment: Segment | None = None
        self._has_told_recording = False
        self._connected_ms = float(brief.connected_ms)
        self._connected_since: float | None = None
        self._callbacks = SeatCallbacks(
            on_connected=self._page_connected,
            on_lost=self._page_gone,
            on_request=self._page_asked,
            on_heard=self._mic_heard,
            playout=PlayoutCallbacks(
                on_started=lambda item_id, at: self._feed(PlaybackStarted(self._at(at), item_id)),
                on_progress=lambda item_id, heard_ms, at: self._feed(
                    PlaybackProgressed(self._at(at), item_id, heard_ms)
                ),
                on_finished=lambda item_id, at: self._feed(PlaybackFinished(self._at(at), item_id)),
                on_sound=self._agent_sounded,
            ),
        )
        self._closing: EndReason | str | None = None
        self._closed = asyncio.Event()
        self._closing_event = asyncio.Event()
        self._farewells: set[asyncio.Task[None]] = set()
        self._is_muted = False
        self._is_bound_by_plan = False

    @property
    def is_over(self) -> bool:
        return self._closing is not None

    # life

    async def open(self) -> None:
        """Reach the model.

        Raises:
            VoiceUnavailable: the call can't be held now.
        """
        self._note_leaving(self._setting.leaving.on_open())
        await self._link.open()

    async def run(self) -> None:
        """Until the call is over or handed on. The room's one boundary: a fault here ends this call only."""
        link = asyncio.create_task(self._link.run(), name="voice")
        ticker = asyncio.create_task(self._tick(), name="ticker")
        try:
            closing = asyncio.create_task(self._closing_event.wait())
            done, _ = await asyncio.wait((link, ticker, closing), return_when=asyncio.FIRST_COMPLETED)
            for task in done - {closing}:
                if task.exception() is not None:
                    log.error("room failed", exc_info=task.exception(), extra={"meeting_id": str(self.meeting_id)})
            if not closing.done():
                # `run` of the link ends by itself only after it gave up, and then the session has ended the call.
                self._close_with("failed")
            closing.cancel()
            await self._settle()
        finally:
            for task in (link, ticker):
                task.cancel()
            await asyncio.gather(link, ticker, return_exceptions=True)
            await self._leave()
            self._closed.set()

    async def abandon(self) -> None:
        """Give up a room that never ran."""
        self._close_with("failed")
        await self._link.close()
        await self._close_seats()
        self._closed.set()

    async def wait_closed(self) -> None:
        await self._closed.wait()

    def end(self) -> None:
        """The person ended the call."""
        self._feed(EndAsked(self._clock.now_ms()))

    def hand_on(self) -> None:
        """This process stops: the meeting stays live for the next one."""
        if self._seat:
            text = t("room.bridge_restarting")
            self._seat.tell(Problem("bridge_restarting", text, is_fatal=False))
        self._page_lost()
        self._close_with(_DRAINED)

    def lose_lease(self) -> None:
        """Another bridge holds this call now, or the meeting is over."""
        if self._seat:
            self._seat.tell(Ended("taken_over"))
        self._close_with(_TAKEN_OVER)

    def _close_with(self, reason: str) -> None:
        if self._closing is None:
            self._closing = reason
            self._closing_event.set()

    async def _settle(self) -> None:
        """Let the person's last words be written down, and the model say what an answer took that nobody waits for."""
        if self._link.has_open_replies:
            self._link.cancel()
        try:
            async with asyncio.timeout(SETTLE_S):
                while not self._session.is_settled or self._link.has_open_replies:  # noqa: ASYNC110 - a moment, at the end
                    await asyncio.sleep(0.05)
        except TimeoutError:
            log.info("last words not written down in time")

    async def _leave(self) -> None:
        if self._segment:
            self._segment.flush()
        if self._connected_since is not None:
            self._count_connected()
        self._note_leaving(self._setting.leaving.on_close(self._link.sent_bytes))
        reason = self._closing or "failed"
        if reason == _DRAINED:
            self._submit("disconnect", self._setting.calls.mark_disconnected, self._setting.bridge_id)
        elif reason != _TAKEN_OVER:
            if self._link.reconnects:
                self._submit("model lost", self._setting.calls.note_model_lost, self._link.reconnects)
            if reason == "time_up" and self._is_bound_by_plan:
                reason = "minutes_up"
            self._submit("end of call", self._setting.calls.end_call, reason)
        log.info(
            "call closed",
            extra={
                "meeting_id": str(self.meeting_id),
                "reason": reason,
                "connected_s": round(self._connected_ms / 1000),
                "reconnects": self._link.reconnects,
                "tokens": self._link.tokens,
                "dropped_ms": round(self._link.dropped_ms),
            },
        )
        if self._seats:
            await asyncio.sleep(FAREWELL_S)
        await self._close_seats()
        if self._farewells:
            await asyncio.gather(*self._farewells)

    async def _close_seats(self) -> None:
        await asyncio.gather(*(seat.close() for seat in self._seats))
        if self._hosted is not None:
            await self._hosted.close()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            if self._segment:
                self._segment.flush()
                if self._segment.has_failed and not self._has_told_recording and self._seat:
                    self._has_told_recording = True
                    text = t("room.disk_full")
                    self._seat.tell(Problem("recording", text, is_fatal=False))
            self._feed(Ticked(self._clock.now_ms()))

    # pages

    async def join(self, offer: str, ticket: Ticket) -> str:
        """The answer to a page's offer. The page takes the seat when it is really connected.

        Raises:
            InvalidInput: the offer makes no sense.
            Conflict: the call is over.
        """
        if self.is_over:
            raise Conflict(t("refusal.call_over"))
        peer = Peer(ticket.seat_id, self._callbacks)
        answer = await peer.answer(offer)
        self._admit(peer, ticket)
        return answer

    async def join_hosted(self, ticket: Ticket) -> None:
        """Be in the meeting's call at the video service. The person takes their seat when they are there too.

        Raises:
            ServiceUnavailable: calls are not held there, or it can't be reached.
            Conflict: the call is over.
        """
        if self.is_over:
            raise Conflict(t("refusal.call_over"))
        open_live_room = self._setting.open_live_room
        if open_live_room is None:
            raise ServiceUnavailable(t("refusal.room_off"))
        self._hosted_ticket = ticket
        if self._hosted is not None:
            self._hosted.expect(ticket.seat_id)
            return
        hosted = HostedCall(
            lambda callbacks: open_live_room(self.meeting_id, callbacks),
            person_in_room(self.owner_id),
            ticket.seat_id,
            self._callbacks,
            admit=lambda seat: self._admit(seat, self._hosted_ticket or ticket),
            on_ended=self.end,
        )
        self._hosted = hosted
        try:
            await hosted.join()
        except BaseException:
            self._hosted = None
            raise

    def _admit(self, seat: Seat, ticket: Ticket) -> None:
        self._seats[seat] = (ticket, self._loop.time())
        for old in [entry for entry in self._seats if entry.is_closed]:
            self._forget(old)

    def _page_connected(self, seat: Seat) -> None:
        if self.is_over:
            return
        old = self._seat
        if old is not None:
            self._page_lost()
            if old.seat_id != seat.seat_id:
                old.tell(Ended("taken_over"))
            self._dismiss(old)
        if not self._clock.is_running:
            self._clock.restart()
        self._seat = seat
        self._connected_since = self._loop.time()
        self._submit("connect", self._setting.calls.mark_connected, self._setting.bridge_id, is_lease_vital=True)
        self._open_segment()
        log.info("page connected", extra={"meeting_id": str(self.meeting_id), "is_new_seat": old is None})
        self._feed(PageConnected(self._clock.now_ms(), self._allowance_ms(seat)))

    def _allowance_ms(self, seat: Seat) -> int:
        ticket, issued = self._seats[seat]
        of_plan_ms = (ticket.remaining_seconds - (self._loop.time() - issued)) * 1000
        longest_ms = min(self._setting.max_call_ms, self._brief.conduct.limit_ms or self._setting.max_call_ms)
        of_call_ms = longest_ms - self._connected_ms
        self._is_bound_by_plan = of_plan_ms < of_call_ms
        return max(0, round(min(of_plan_ms, of_call_ms)))

    def _page_gone(self, seat: Seat) -> None:
        if seat is self._seat:
            log.info("page lost", extra={"meeting_id": str(self.meeting_id)})
            self._page_lost()
            self._dismiss(seat)

    def _page_lost(self) -> None:
        """Nobody is connected any more."""
        if self._seat is None:
            return
        self._feed(PageLost(self._clock.now_ms()))
        self._seat = None
        self._count_connected()
        if self._segment:
            self._segment.flush()
        self._submit("disconnect", self._setting.calls.mark_disconnected, self._setting.bridge_id)

    def _count_connected(self) -> None:
        if self._connected_since is not None:
            self._connected_ms += (self._loop.time() - self._connected_since) * 1000
            self._connected_since = None

    def _dismiss(self, seat: Seat) -> None:
        """Close a page's connection once its last messages had time to leave."""

        async def close() -> None:
            await asyncio.sleep(FAREWELL_S)
            await seat.close()
            self._forget(seat)

        task = asyncio.create_task(close())
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)

    def _forget(self, seat: Seat) -> None:
        self._seats.pop(seat, None)

    def _page_asked(self, seat: Seat, request: PageRequest) -> None:
        if seat is not self._seat:
            return
        match request:
            case EndRequest():
                self.end()
            case TypedAnswer(text=text):
                self._feed(LineTyped(self._clock.now_ms(), f"typed.{uuid4().hex}", text))
            case ThinkRequest(on=on):
                self._feed(ThinkAsked(self._clock.now_ms(), on))
            case DoneRequest():
                self._feed(DoneAsked(self._clock.now_ms()))
            case WishRequest(wish=wish):
                self._feed(WishAsked(self._clock.now_ms(), wish))
            case MuteChange(on=on):
                self._is_muted = on
            case CameraChange(on=on):
                log.info("camera %s", "on" if on else "off", extra={"meeting_id": str(self.meeting_id)})
            case _:
                assert_never(request)

    # media

    def _mic_heard(self, seat: Seat, heard: Heard) -> None:
        if seat is not self._seat:
            return
        at_ms = self._clock.of(heard.at_ms)
        # What a muted page still sends is no business of anyone's; silence keeps the model's clock going.
        data = bytes(len(heard.data)) if self._is_muted else heard.data
        if self._segment:
            self._segment.add("candidate", data, at_ms)
        is_voice = self._activity.hear(data, at_ms)
        self._feed(MicHeard(round(at_ms), Pcm16(data), is_voice))

    def _agent_sounded(self, frame: bytes, local_ms: float) -> None:
        if self._segment:
            self._segment.add("agent", frame, self._clock.of(local_ms))

    def _open_segment(self) -> None:
        if self._segment is not None or not self._brief.is_recorded:
            return
        folder = live_folder(self._setting.media_home, self.owner_id, self.meeting_id)
        try:
            self._segment = open_segment(folder, self._clock.now_ms(), self._setting.writer)
        except OSError as error:
            log.error("recording can't be started: %s", error.strerror)  # noqa: TRY400 - paths name people

    def _instructions(self, stage: int | None) -> str:
        brief = self._brief
        return instructions_for(
            brief.agent_name,
            brief.instructions,
            brief.conduct,
            stage,
            documents=brief.documents,
            focus=brief.focus,
            language=self._language,
        )

    def _at(self, local_ms: float) -> int:
        return round(self._clock.of(local_ms))

    # the session

    def _feed(self, event: CallEvent) -> None:
        for command in self._session.handle(event):
            self._perform(command)

    def _perform(self, command: Command) -> None:  # noqa: PLR0912 - one line for each command
        match command:
            case SendSound(audio=audio, at_ms=at_ms):
                self._link.send_sound(audio, at_ms)
            case SendSilence():
                self._link.send_sound(Pcm16(_SILENCE), self._clock.now_ms())
            case CommitSpeech():
                self._link.commit()
            case EnterStage(stage=stage):
                self._link.instruct(self._instructions(stage))
            case Ask(instructions=instructions):
                self._link.ask(instructions)
            case AddLine(line=line):
                self._link.add_line(line)
            case CancelReply():
                self._link.cancel()
            case Truncate(item_id=item_id, heard_ms=heard_ms):
                self._link.truncate(item_id, heard_ms)
            case RestartVoice():
                log.warning("voice model owes an answer and is silent", extra={"meeting_id": str(self.meeting_id)})
                self._link.restart()
            case Play(item_id=item_id, audio=audio):
                if self._seat and not self._seat.playout.play(item_id, audio.data):
                    log.warning("answer too long, sound dropped", extra={"meeting_id": str(self.meeting_id)})
            case FinishPlaying(item_id=item_id):
                if self._seat:
                    self._seat.playout.finish(item_id)
            case PausePlaying():
                if self._seat:
                    self._seat.playout.pause()
            case ResumePlaying():
                if self._seat:
                    self._seat.playout.resume()
            case StopPlaying():
                self._stop_playing()
            case SaveTurn(turn=turn):
                self._save(turn)
            case NoteDelay(total_ms=total_ms, parts=parts):
                metrics.note_reply_delay(total_ms, parts)
            case Tell(message=message):
                if self._seat:
                    is_dispensable = isinstance(message, Time) or (
                        isinstance(message, Caption) and not message.is_final
                    )
                    self._seat.tell(message, is_dispensable=is_dispensable)
            case EndCall(reason=reason):
                self._close_with(reason)
            case _:
                assert_never(command)

    def _stop_playing(self) -> None:
        if self._seat:
            now = self._clock.now_ms()
            for played in self._seat.playout.cut():
                self._feed(PlaybackCut(now, played.item_id, played.heard_ms))

    # the journal

    def _save(self, turn: Turn) -> None:
        if turn.is_final:
            log.info(
                "turn saved",
                extra={"meeting_id": str(self.meeting_id), "speaker": turn.speaker, "words": len(turn.text.split())},
            )
        self._submit("turn", self._setting.calls.save_turn, turn)

    def _note_use(self, connection: str, use: ModelUse) -> None:
        self._submit("model usage", self._setting.note_use, connection, use)

    def _note_leaving(self, contacts: list[Contact]) -> None:
        for contact in contacts:
            self._submit("what leaves", self._setting.leaving.write, contact)

    def _submit(
        self, name: str, write: Callable[..., object], *arguments: object, is_lease_vital: bool = False
    ) -> None:
        def refused(error: PeakError) -> None:
            log.warning("%s: call given up (%s)", name, type(error).__name__)
            self._loop.call_soon_threadsafe(self.lose_lease)

        owner_id, meeting_id = self.owner_id, self.meeting_id
        self._setting.journal.submit(
            Entry(
                name,
                lambda: write(owner_id, meeting_id, *arguments),
                on_refused=refused if is_lease_vital else None,
            )
        )


def _plan(brief: CallBrief, *, grace_ms: int, waits_for_words: bool) -> CallPlan:
    lines = tuple(PastLine(turn.speaker, turn.text) for turn in brief.turns if turn.text)
    last = brief.turns[-1] if brief.turns else None
    return CallPlan(
        brief.agent_name,
        lines,
        # Not final: it was being said when the bridge before this one died.
        was_cut=last is not None and last.speaker == "agent" and (bool(last.unheard_text) or not last.is_final),
        grace_ms=grace_ms,
        conduct=brief.conduct,
        waits_for_words=waits_for_words,
        is_recorded=brief.is_recorded,
    )
