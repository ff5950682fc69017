"""The agent's half of a call: what it is asked, what it says, and what is heard of it. Pure.

The model never speaks by itself: it is asked, one answer at a time, and an answer that is not wanted any more is
cancelled, cut where it was heard, and forgotten.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from bridge.commands import Ask, CancelReply, FinishPlaying, NoteDelay, Play, StopPlaying, Truncate
from bridge.conversation import Asked, Conversation
from bridge.events import (
    PlaybackCut,
    PlaybackStarted,
    ReplyBegan,
    ReplyFinished,
    ReplySoundArrived,
    ReplyTextArrived,
)
from bridge.messages import Caption, CaptionCut, ReplyDelay
from bridge.receipt import Receipt
from bridge.reply import Reply
from peak_app.ports.voice import PastLine

FRAME_MS: Final = 20
CAPTION_LEAD_MS = 300
"""How far the agent's caption runs ahead of its sound: eyes find their place before the ear."""
_KEPT_REPLIES = 8


@dataclass(slots=True)
class Agent:
    """Handlers of the model's and the loudspeaker's events, and what the rest of the call may want of the agent."""

    talk: Conversation
    receipt: Receipt | None = None
    """Of the turn that is to be answered next."""
    owed_since_ms: int | None = None
    """Since when the model owes a sign of life."""
    answered_item: str | None = None
    """The spoken turn that was last asked an answer to."""
    _active: str | None = None
    """The response the model is making."""
    _is_asked: bool = False
    """It was asked, and has not begun to answer."""
    _drops_next: bool = False
    """The answer that was asked for last is not wanted any more, and has not begun yet."""
    _wanted: Asked | None = None
    """To be asked when the present response is done."""
    _dropped: dict[str, None] = field(default_factory=dict)
    """Responses of which nothing more is played; insertion-ordered, bounded."""
    _replies: dict[str, Reply] = field(default_factory=dict)
    _failures: int = 0

    # what others may know

    @property
    def is_making(self) -> bool:
        return self._active is not None

    @property
    def has_unheard_sound(self) -> bool:
        return any(reply.is_pending for reply in self._replies.values())

    @property
    def is_expected(self) -> bool:
        """Whether the model makes an answer, or was asked for one."""
        return bool(self._active) or self._is_asked or self._wanted is not None

    @property
    def is_unheard_answer(self) -> bool:
        """Whether the person would never hear the answer to what they said, if it were stopped now."""
        return self.is_expected and not self.has_unheard_sound and self.answered_item is not None

    @property
    def playing(self) -> Reply | None:
        """The answer of which a part was heard and more is to come."""
        begun = [reply for reply in self._replies.values() if reply.is_pending and reply.started_ms is not None]
        return begun[-1] if begun else None

    @property
    def unheard_lines(self) -> list[PastLine]:
        """What is being played, as if all of it were heard."""
        return [PastLine("agent", reply.text) for reply in self._replies.values() if reply.is_pending and reply.text]

    # asking and stopping

    def ask(self, at_ms: int, instructions: str | None, answered_item: str | None = None) -> None:
        """Let the agent speak, as soon as it has finished with what it is making."""
        self.answered_item = answered_item
        self.owed_since_ms = at_ms
        if self._active or self._drops_next:
            self._wanted = Asked(instructions)
            return
        self.talk.do(Ask(instructions))
        self._is_asked = True

    def stop(self) -> None:
        """Nothing of what the agent says or is about to say is wanted any more."""
        if self._is_asked and not self._active:
            self._drops_next = True
        self._is_asked = False
        self.owed_since_ms = None
        self._wanted = None
        self._interrupt()

    def _interrupt(self) -> None:
        if self._active:
            self._drop(self._active)
            self.talk.do(CancelReply())
        # Also when nothing is left to play: playing may be paused.
        self.talk.do(StopPlaying())

    def _drop(self, response_id: str) -> None:
        self._dropped[response_id] = None
        if len(self._dropped) > _KEPT_REPLIES:
            self._dropped.pop(next(iter(self._dropped)))

    def lose_page(self, at_ms: int) -> Asked | None:
        """Nobody hears the agent any more; gives what it should be asked when someone is back."""
        cue = self._wanted or (Asked() if self._active else None)
        # An answer that was asked for and has not begun may still find somebody here.
        self.owed_since_ms = at_ms if self._is_asked else None
        self._wanted = None
        self._interrupt()
        return cue

    def lose_voice(self) -> Asked | None:
        """The model is gone; gives what it should be asked when it is back, unless it was heard to the end."""
        cue = (self._wanted or Asked()) if self.is_expected and not self.has_unheard_sound else None
        for reply in self._replies.values():
            self.complete_sound(reply.item_id)
        self._active = None
        self._is_asked = self._drops_next = False
        self._wanted = None
        self.owed_since_ms = None
        self.receipt = None
        return cue

    def end(self) -> None:
        """The call is over: nothing more is played or made."""
        if self.has_unheard_sound:
            self.talk.do(StopPlaying())
        if self._active and self.talk.is_voice_here:
            self.talk.do(CancelReply())

    @property
    def is_broken_off(self) -> bool:
        """Whether more of what is being played was still to be made."""
        return any(reply.is_pending and not reply.is_sound_complete for reply in self._replies.values())

    # what the model says

    def begin(self, event: ReplyBegan) -> None:
        self._active = event.response_id
        self._is_asked = False
        if self._drops_next:
            self._drops_next = False
            self._drop(event.response_id)
            self.talk.do(CancelReply())
            return
        self.owed_since_ms = event.at_ms
        if not self.talk.is_page_here:
            # Nobody would hear it: the answer is made when somebody is back.
            self._drop(event.response_id)
            self.talk.do(CancelReply())
            self.talk.cue = self.talk.cue or Asked()

    def add_sound(self, event: ReplySoundArrived) -> None:
        if event.response_id in self._dropped or not self.talk.is_page_here:
            return
        reply = self._reply(event.item_id, event.response_id)
        if reply.is_over or reply.is_sound_complete:
            return
        self.owed_since_ms = event.at_ms if self._active else None
        if self.receipt is not None and self.receipt.first_sound_ms is None:
            self.receipt.first_sound_ms = event.at_ms
        reply.sound_ms += event.audio.duration_ms
        self.talk.do(Play(event.item_id, event.audio))

    def complete_sound(self, item_id: str) -> None:
        reply = self._replies.get(item_id)
        if reply is None or reply.is_sound_complete:
            return
        reply.is_sound_complete = True
        if reply.is_pending:
            self.talk.do(FinishPlaying(reply.item_id))

    def add_text(self, event: ReplyTextArrived) -> None:
        reply = self._replies.get(event.item_id)
        if reply is None:
            if event.response_id in self._dropped or not self.talk.is_page_here:
                return
            reply = self._reply(event.item_id, event.response_id)
        reply.text = (event.text if event.is_final else reply.text + event.text).lstrip()
        self.owed_since_ms = event.at_ms if self._active else None
        if self.receipt is not None and self.receipt.first_text_ms is None:
            self.receipt.first_text_ms = event.at_ms
        if reply.is_cut:
            # The cut stays where it was; what comes later was not heard either.
            if event.is_final and reply.heard_text:
                self.talk.save(reply.to_turn())
        elif event.is_final and reply.ended_ms is not None and reply.text:
            self._show_all(reply)
            self.talk.save(reply.to_turn())
        elif event.is_final and reply.started_ms is not None:
            self._note_begun(reply)

    def finish(self, event: ReplyFinished, *, may_ask: bool) -> bool:
        """The model is done with an answer. `may_ask`: whether what is wanted next may be asked now.

        Gives whether the person has to be told that no answer came.
        """
        is_heard = False
        is_dropped = event.response_id in self._dropped
        for reply in list(self._replies.values()):
            if reply.response_id == event.response_id:
                is_heard = is_heard or reply.sound_ms > 0
                self.complete_sound(reply.item_id)
                if reply.text and not reply.sound_ms and not event.is_failed and not is_dropped:
                    self._show_written(reply, event.at_ms)
                    is_heard = True
        if self._active != event.response_id:
            return False
        self._active = None
        self.owed_since_ms = None
        has_failed = event.is_failed and not is_heard and not is_dropped and self.talk.is_page_here
        if is_heard:
            self._failures = 0
        elif has_failed:
            self._failures += 1
            if self._failures == 1:
                self.ask(event.at_ms, None, self.answered_item)
        if self._wanted is not None and self.talk.is_page_here and may_ask:
            wanted, self._wanted = self._wanted, None
            self.ask(event.at_ms, wanted.instructions, self.answered_item)
        return has_failed and self._failures > 1

    def _show_written(self, reply: Reply, at_ms: int) -> None:
        """An answer without sound is read instead of heard."""
        if not reply.is_over:
            reply.started_ms = reply.ended_ms = at_ms
            self.talk.quiet_since_ms = at_ms
            self._keep_heard(reply)

    def _reply(self, item_id: str, response_id: str) -> Reply:
        reply = self._replies.get(item_id)
        if reply is None:
            reply = self._replies[item_id] = Reply(item_id, response_id, answered_item=self.answered_item)
            for old in [entry for entry in self._replies.values() if entry.is_over][:-_KEPT_REPLIES]:
                del self._replies[old.item_id]
        return reply

    # what is heard of it

    def start_playing(self, event: PlaybackStarted) -> None:
        reply = self._replies.get(event.item_id)
        if reply is None:
            return
        reply.started_ms = event.at_ms
        self.talk.quiet_since_ms = None
        receipt, self.receipt = self.receipt, None
        if receipt is not None:
            total_ms, parts = receipt.total(event.at_ms), receipt.parts(event.at_ms)
            reply.delay_ms, reply.delay_parts = total_ms, parts
            self.talk.do(NoteDelay(total_ms, parts))
            self.talk.tell(ReplyDelay(total_ms))
        self.show_heard(reply.item_id, 0)
        self._note_begun(reply)

    def show_heard(self, item_id: str, heard_ms: int) -> None:
        """Let the caption follow the sound."""
        reply = self._replies.get(item_id)
        if reply is None or reply.is_over or reply.started_ms is None:
            return
        text = reply.split_at(heard_ms + CAPTION_LEAD_MS).heard.rstrip()
        if text and text != reply.shown_text:
            reply.shown_text = text
            self.talk.tell(Caption(reply.item_id, "agent", text, is_final=False, at_ms=reply.started_ms))

    def _show_all(self, reply: Reply) -> None:
        at_ms = reply.started_ms if reply.started_ms is not None else reply.ended_ms or 0
        self.talk.tell(Caption(reply.item_id, "agent", reply.text, is_final=True, at_ms=at_ms))

    def _note_begun(self, reply: Reply) -> None:
        """For a call that is resumed after a crash: what the agent was just saying must not be said from the start."""
        if (text := reply.text.strip()) and not reply.is_over:
            self.talk.save(replace(reply.to_turn(), text=text, is_final=False))

    def finish_playing(self, item_id: str, at_ms: int) -> None:
        reply = self._replies.get(item_id)
        if reply is None or reply.is_over:
            return
        reply.ended_ms = at_ms
        self.talk.quiet_since_ms = at_ms
        self._keep_heard(reply)

    def _keep_heard(self, reply: Reply) -> None:
        """All of an answer reached the person."""
        reply.heard_text = reply.text
        if reply.text:
            self._show_all(reply)
            self.talk.lines.append(PastLine("agent", reply.text))
            self.talk.save(reply.to_turn())

    def cut(self, event: PlaybackCut) -> None:
        reply = self._replies.get(event.item_id)
        if reply is None or reply.is_over:
            return
        if reply.is_sound_complete and event.heard_ms > reply.sound_ms - FRAME_MS:
            self.finish_playing(event.item_id, event.at_ms)
            return
        reply.heard_ms = min(event.heard_ms, int(reply.sound_ms))
        # It fell silent before it was clear that it was interrupted.
        reply.ended_ms = min(event.at_ms, (reply.started_ms or 0) + reply.heard_ms)
        split = reply.split_at(reply.heard_ms)
        reply.heard_text = split.heard.rstrip()
        self.talk.tell(CaptionCut(reply.item_id, reply.heard_text, split.unheard.strip()))
        if self.talk.is_voice_here:
            self.talk.do(Truncate(reply.item_id, reply.heard_ms))
        if reply.heard_text:
            self.talk.lines.append(PastLine("agent", reply.heard_text))
            self.talk.save(reply.to_turn())
