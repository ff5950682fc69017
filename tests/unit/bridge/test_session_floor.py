"""Who has the floor: interruptions that are none, time to think, answers that get too long, cut-offs."""

import pytest

from bridge.commands import (
    CancelReply,
    Command,
    CommitSpeech,
    PausePlaying,
    ResumePlaying,
    SaveTurn,
    StopPlaying,
    Truncate,
)
from bridge.events import (
    CallEvent,
    CandidateTextArrived,
    DoneAsked,
    LineTyped,
    PageConnected,
    PageLost,
    PlaybackStarted,
    ReplyBegan,
    ReplyFinished,
    ReplySoundArrived,
    SpeechBegan,
    SpeechEnded,
    ThinkAsked,
    VoiceConnected,
    VoiceLost,
    WishAsked,
)
from bridge.messages import Duck, Problem, Thinking, Unduck, Wish
from bridge.person import DEMAND_BURST, DEMANDS_PER_S
from bridge.prompts import NUDGE, RAMBLE, WISHES
from peak_app.domain.agents.conduct import Conduct
from peak_app.i18n.catalogue import t
from tests.unit.bridge.session_stage import HOUR_MS, Stage, asked, connected, sound, state, told, turns

LONG = "I would first look at the numbers and then decide."


def asking(stage: Stage) -> Stage:
    """The agent has asked its first question."""
    stage.played(stage.reply("What would you do?"))
    return stage


def speaking_agent(*, waits_for_words: bool = False) -> Stage:
    """The agent is in the middle of five seconds of speech."""
    stage = connected(waits_for_words=waits_for_words)
    item = stage.reply("one two three four five six seven eight nine ten", sound_ms=5000)
    stage.at_ms = 2500
    stage.cut_at[item] = 2500
    return stage


def kinds(commands: list[Command], *wanted: type[Command]) -> list[type[Command]]:
    return [type(command) for command in commands if isinstance(command, wanted)]


class TestAsides:
    def test_the_agent_falls_silent_at_once_and_goes_on_after_a_cough(self) -> None:
        stage = speaking_agent()
        began = stage.happen(SpeechBegan(2500, "c1", 2450))
        assert PausePlaying() in began
        assert told(began, Duck) == [Duck()]
        assert kinds(began, StopPlaying, CancelReply, Truncate) == []
        stage.hear(300)
        after = stage.hear(400, is_voice=False)
        assert ResumePlaying() in after
        assert told(after, Unduck) == [Unduck()]
        assert kinds(stage.done, StopPlaying, Truncate) == []
        assert state(stage) == "speaking"

    def test_an_aside_is_written_down_and_not_answered(self) -> None:
        for waits_for_words in (False, True):
            stage = speaking_agent(waits_for_words=waits_for_words)
            stage.happen(SpeechBegan(2500, "c1", 2450))
            stage.hear(200)
            stage.hear(700, is_voice=False)
            first = len(stage.done)
            stage.happen(SpeechEnded(3400, "c1", 2700), CandidateTextArrived(3450, "c1", "Mm-hm.", is_final=True))
            assert [turn.text for turn in turns(stage.done[first:])] == ["Mm-hm."]
            assert asked(stage.done[first:]) == []

    def test_voice_of_400_ms_interrupts_whatever_pauses_are_in_it(self) -> None:
        stage = speaking_agent()
        stage.happen(SpeechBegan(2500, "c1", 2450))
        stage.hear(200)
        stage.hear(100, is_voice=False)
        assert kinds(stage.hear(180), StopPlaying) == []
        assert kinds(stage.hear(40), StopPlaying, Truncate) == [StopPlaying, Truncate]
        assert state(stage) == "hearing"

    def test_someone_who_goes_on_after_a_short_sound_interrupts_after_all(self) -> None:
        stage = speaking_agent()
        stage.happen(SpeechBegan(2500, "c1", 2450))
        stage.hear(100)
        stage.hear(400, is_voice=False)
        assert ResumePlaying() in stage.done
        # The model still takes it for the same speech and will not say again that someone began.
        assert PausePlaying() in stage.hear(20)
        assert StopPlaying() in stage.hear(400)

    def test_speech_too_quiet_to_be_made_out_interrupts_when_the_model_hears_it_long_enough(self) -> None:
        stage = speaking_agent()
        stage.happen(SpeechBegan(2500, "c1", 2450))
        assert kinds(stage.hear(600, is_voice=False), StopPlaying) == []
        assert kinds(stage.hear(200, is_voice=False), StopPlaying) == [StopPlaying]

    def test_words_decide_when_the_sound_did_not(self) -> None:
        stage = speaking_agent(waits_for_words=True)
        stage.happen(SpeechBegan(2500, "c1", 2450))
        stage.hear(300)
        stage.hear(400, is_voice=False)
        stage.happen(SpeechEnded(3300, "c1", 2800))
        commands = stage.happen(CandidateTextArrived(3400, "c1", "No, stop it.", is_final=True))
        assert StopPlaying() in commands
        assert asked(commands) == [None]

    def test_an_answer_that_is_being_made_waits_for_the_verdict_too(self) -> None:
        stage = asking(connected())
        stage.said("c1", "Because.")
        stage.happen(ReplyBegan(stage.at_ms, "r2"))
        stage.happen(SpeechBegan(stage.at_ms, "c2", stage.at_ms))
        assert PausePlaying() in stage.done
        assert kinds(stage.hear(420), CancelReply, StopPlaying) == [CancelReply, StopPlaying]
        stage.happen(SpeechEnded(stage.at_ms, "c2", stage.at_ms))
        # The present answer must be gone before the next can be asked for.
        assert asked(stage.happen(ReplyFinished(stage.at_ms, "r2", is_failed=False))) == [None]

    def test_an_answer_that_was_asked_for_and_is_not_wanted_any_more_is_dropped_when_it_begins(self) -> None:
        stage = asking(connected())
        stage.said("c1", "Because.")
        stage.happen(SpeechBegan(stage.at_ms, "c2", stage.at_ms))
        stage.hear(420)
        assert CancelReply() in stage.happen(ReplyBegan(stage.at_ms, "r2"))
        stage.happen(SpeechEnded(stage.at_ms, "c2", stage.at_ms))
        assert asked(stage.happen(ReplyFinished(stage.at_ms, "r2", is_failed=False))) == [None]

    def test_a_page_that_sends_no_sound_leaves_no_doubt_open(self) -> None:
        stage = speaking_agent()
        stage.happen(SpeechBegan(2500, "c1", 2450))
        assert ResumePlaying() in stage.wait(4000)

    def test_the_model_leaving_in_doubt_lets_the_rest_be_played(self) -> None:
        stage = speaking_agent()
        stage.happen(SpeechBegan(2500, "c1", 2450))
        commands = stage.happen(VoiceLost(2600))
        assert ResumePlaying() in commands
        assert told(commands, Unduck) == [Unduck()]


class TestWordsFirst:
    """A model that knows the words at the end of a turn is asked only when there is something to answer."""

    def test_it_is_asked_when_the_words_are_there(self) -> None:
        stage = asking(connected(waits_for_words=True))
        assert asked(stage.happen(SpeechBegan(0, "c1", 0), SpeechEnded(900, "c1", 800))) == []
        assert asked(stage.happen(CandidateTextArrived(950, "c1", "Because.", is_final=True))) == [None]

    def test_a_noise_is_not_answered(self) -> None:
        stage = asking(connected(waits_for_words=True))
        stage.happen(SpeechBegan(0, "c1", 0), SpeechEnded(900, "c1", 300))
        assert asked(stage.happen(CandidateTextArrived(950, "c1", "", is_final=True))) == []
        assert state(stage) == "listening"

    def test_a_long_mumble_is(self) -> None:
        stage = asking(connected(waits_for_words=True))
        stage.happen(SpeechBegan(0, "c1", 0), SpeechEnded(3900, "c1", 3000))
        assert asked(stage.happen(CandidateTextArrived(3950, "c1", "", is_final=True))) == [None]

    def test_words_that_come_while_the_person_speaks_again_are_answered_with_what_follows(self) -> None:
        stage = asking(connected(waits_for_words=True))
        stage.happen(SpeechBegan(0, "c1", 0), SpeechEnded(900, "c1", 800), SpeechBegan(1000, "c2", 950))
        stage.hear(600)
        assert asked(stage.happen(CandidateTextArrived(1000, "c1", "First of all", is_final=True))) == []
        stage.happen(SpeechEnded(2000, "c2", 1300))
        # The second sound held no words: the first is still owed an answer.
        assert asked(stage.happen(CandidateTextArrived(2050, "c2", "", is_final=True))) == [None]


class TestHolding:
    def test_the_agent_stays_silent_for_a_minute_and_then_asks_gently(self) -> None:
        stage = asking(connected())
        assert told(stage.happen(ThinkAsked(0, is_on=True)), Thinking) == [Thinking(60_000)]
        assert state(stage) == "holding"
        assert asked(stage.wait(59_000)) == []
        commands = stage.wait(1000)
        assert told(commands, Thinking) == [Thinking(0)]
        assert asked(commands) == [NUDGE]

    def test_thinking_aloud_is_not_answered_and_an_answer_is(self) -> None:
        for waits_for_words in (False, True):
            stage = asking(connected(waits_for_words=waits_for_words))
            stage.happen(ThinkAsked(0, is_on=True))
            assert asked(stage.said("c1", "Hmm, let me see.")) == []
            commands = stage.said("c2", LONG)
            assert asked(commands) == [None]
            assert told(commands, Thinking) == [Thinking(0)]

    def test_giving_the_turn_back_lets_the_agent_answer_what_was_said(self) -> None:
        stage = asking(connected(waits_for_words=True))
        stage.happen(ThinkAsked(0, is_on=True))
        stage.said("c1", "Twelve people.")
        assert asked(stage.happen(ThinkAsked(stage.at_ms, is_on=False))) == [None]
        stage = asking(connected())
        stage.happen(ThinkAsked(0, is_on=True))
        assert asked(stage.happen(ThinkAsked(9, is_on=False))) == []
        assert state(stage) == "listening"

    @pytest.mark.parametrize("words", ["Let me think.", "Um, give me a moment.", "Can I have a minute to think?"])
    def test_the_words_hold_the_turn_as_the_button_does(self, words: str) -> None:
        stage = asking(connected(waits_for_words=True))
        commands = stage.said("c1", words)
        assert told(commands, Thinking) == [Thinking(60_000)]
        assert asked(commands) == []

    def test_a_model_that_was_asked_before_the_words_came_is_stopped(self) -> None:
        stage = asking(connected())
        start = stage.at_ms
        stage.happen(SpeechBegan(start, "c1", start), SpeechEnded(start + 900, "c1", start + 800))
        stage.happen(ReplyBegan(start + 1000, "r2"), ReplySoundArrived(start + 1100, "r2", "i2", sound(500)))
        stage.happen(PlaybackStarted(start + 1100, "i2"))
        commands = stage.happen(CandidateTextArrived(start + 1300, "c1", "Let me think.", is_final=True))
        assert kinds(commands, CancelReply, StopPlaying) == [CancelReply, StopPlaying]
        assert state(stage) == "speaking" or told(commands, Thinking)

    def test_an_answer_that_came_too_early_is_withheld_and_made_when_the_turn_is_given_back(self) -> None:
        stage = asking(connected())
        stage.said("c1", "I think")
        stage.happen(ReplyBegan(stage.at_ms, "r2"))
        assert CancelReply() in stage.happen(ThinkAsked(stage.at_ms, is_on=True))
        stage.happen(ReplyFinished(stage.at_ms, "r2", is_failed=False))
        assert asked(stage.happen(ThinkAsked(stage.at_ms, is_on=False))) == [None]

    def test_what_the_agent_is_saying_it_says_to_the_end(self) -> None:
        stage = speaking_agent()
        assert kinds(stage.happen(ThinkAsked(2500, is_on=True)), StopPlaying, PausePlaying) == []

    def test_typing_or_a_button_ends_it(self) -> None:
        for event in (LineTyped(5, "typed.1", "Twelve."), WishAsked(5, "repeat")):
            stage = asking(connected())
            stage.happen(ThinkAsked(0, is_on=True))
            commands = stage.happen(event)
            assert told(commands, Thinking) == [Thinking(0)]
            assert len(asked(commands)) == 1

    def test_a_reload_keeps_it(self) -> None:
        stage = asking(connected())
        stage.happen(ThinkAsked(0, is_on=True), PageLost(10_000))
        commands = stage.happen(PageConnected(20_000, HOUR_MS))
        assert told(commands, Thinking) == [Thinking(40_000)]
        assert asked(commands) == []


class TestButtons:
    @pytest.mark.parametrize("wish", ["repeat", "skip", "clarify"])
    def test_a_wish_is_asked_at_once(self, wish: Wish) -> None:
        stage = asking(connected())
        assert asked(stage.happen(WishAsked(5, wish))) == [WISHES[wish]]

    def test_a_wish_interrupts_the_agent(self) -> None:
        stage = speaking_agent()
        commands = stage.happen(WishAsked(2500, "skip"))
        assert kinds(commands, StopPlaying, Truncate) == [StopPlaying, Truncate]
        assert asked(commands) == [WISHES["skip"]]

    def test_a_wish_while_the_model_is_away_waits_for_it(self) -> None:
        stage = asking(connected())
        stage.happen(VoiceLost(1))
        assert asked(stage.happen(WishAsked(2, "clarify"))) == []
        assert asked(stage.happen(VoiceConnected(3))) == [WISHES["clarify"]]

    def flood(self, stage: Stage, events: list[CallEvent]) -> list[Command]:
        """A model that answers at once, and a person who wants the next answer already."""
        first = len(stage.done)
        for number, event in enumerate(events):
            stage.happen(event)
            stage.happen(ReplyBegan(stage.at_ms, f"f{number}"))
            stage.happen(ReplyFinished(stage.at_ms, f"f{number}", is_failed=False))
        return stage.done[first:]

    def test_buttons_without_end_do_not_make_the_model_answer_without_end(self) -> None:
        stage = asking(connected())
        commands = self.flood(stage, [WishAsked(stage.at_ms, "skip")] * 100)
        assert len(asked(commands)) == DEMAND_BURST
        assert told(commands, Problem)[0] == Problem("too_fast", t("room.too_fast"), is_fatal=False)
        stage.wait(round(1000 / DEMANDS_PER_S))
        assert asked(stage.happen(WishAsked(stage.at_ms, "skip"))) == [WISHES["skip"]]

    def test_lines_typed_without_end_are_all_kept_and_answered_once_in_a_while(self) -> None:
        stage = asking(connected())
        commands = self.flood(
            stage, [LineTyped(stage.at_ms, f"typed.{number}", f"Line {number}.") for number in range(100)]
        )
        assert [turn.text for turn in turns(commands)] == [f"Line {number}." for number in range(100)]
        assert len(asked(commands)) == DEMAND_BURST
        assert asked(stage.wait(round(1000 / DEMANDS_PER_S))) == [None]
        assert asked(stage.wait(2_000)) == []

    def test_done_ends_the_turn_without_the_wait(self) -> None:
        stage = asking(connected())
        stage.happen(SpeechBegan(0, "c1", 0))
        commands = stage.happen(DoneAsked(3000))
        assert CommitSpeech() in commands
        assert asked(commands) == [None]
        stage = asking(connected(waits_for_words=True))
        stage.happen(SpeechBegan(0, "c1", 0))
        assert asked(stage.happen(DoneAsked(3000))) == []
        assert asked(stage.happen(CandidateTextArrived(3050, "c1", "That is all.", is_final=True))) == [None]

    def test_done_without_speech_means_nothing(self) -> None:
        stage = asking(connected())
        assert stage.happen(DoneAsked(5)) == []


class TestLongAnswers:
    CONDUCT = Conduct(ramble_after_s=30)

    def rambling(self, *, waits_for_words: bool = True) -> Stage:
        stage = asking(connected(conduct=self.CONDUCT, waits_for_words=waits_for_words))
        stage.happen(SpeechBegan(stage.at_ms, "c1", stage.at_ms))
        return stage

    def test_the_agent_steps_in_politely_and_only_where_it_is_set(self) -> None:
        stage = self.rambling()
        assert CommitSpeech() not in stage.wait(29_000)
        assert CommitSpeech() in stage.wait(1000)
        assert asked(stage.happen(CandidateTextArrived(stage.at_ms, "c1", "And then", is_final=True))) == [RAMBLE]
        silent = asking(connected())
        silent.happen(SpeechBegan(0, "c1", 0))
        assert CommitSpeech() not in silent.wait(300_000)

    def test_pauses_in_an_answer_do_not_start_the_time_anew(self) -> None:
        stage = asking(connected(conduct=self.CONDUCT, waits_for_words=True))
        stage.happen(SpeechBegan(0, "c1", 0), SpeechEnded(20_000, "c1", 19_000))
        stage.at_ms = 20_000
        stage.happen(SpeechBegan(20_500, "c2", 20_400))
        assert CommitSpeech() in stage.wait(11_000)

    def test_while_it_steps_in_the_person_can_not_shout_it_down(self) -> None:
        stage = self.rambling()
        stage.wait(30_000)
        stage.happen(CandidateTextArrived(stage.at_ms, "c1", "And then", is_final=True))
        item = stage.reply("Let me stop you there.", number=2, sound_ms=3000)
        stage.happen(SpeechBegan(stage.at_ms, "c2", stage.at_ms))
        commands = stage.hear(1500)
        assert kinds(commands, PausePlaying, StopPlaying) == []
        assert state(stage) == "speaking"
        stage.happen(SpeechEnded(stage.at_ms, "c2", stage.at_ms))
        first = len(stage.done)
        stage.happen(CandidateTextArrived(stage.at_ms, "c2", "but wait I was not done", is_final=True))
        stage.played(item)
        assert asked(stage.done[first:]) == []

    def test_who_still_speaks_when_it_has_stepped_in_is_answered(self) -> None:
        stage = self.rambling()
        stage.wait(30_000)
        stage.happen(CandidateTextArrived(stage.at_ms, "c1", "And then", is_final=True))
        item = stage.reply("Let me stop you there.", number=2)
        stage.happen(SpeechBegan(stage.at_ms, "c2", stage.at_ms))
        stage.played(item)
        stage.happen(SpeechEnded(stage.at_ms, "c2", stage.at_ms))
        commands = stage.happen(CandidateTextArrived(stage.at_ms, "c2", "All right, the number.", is_final=True))
        assert asked(commands) == [None]

    def test_nobody_is_stopped_who_holds_the_turn(self) -> None:
        stage = asking(connected(conduct=self.CONDUCT))
        stage.happen(ThinkAsked(0, is_on=True), SpeechBegan(0, "c1", 0))
        assert CommitSpeech() not in stage.wait(40_000)


class TestCutOffs:
    def answered(self) -> Stage:
        """The agent has begun to answer."""
        stage = asking(connected())
        stage.said("c1", "First of all")
        stage.reply("I see. And what came of it?", number=2, sound_ms=3000)
        return stage

    def marked(self, commands: list[Command]) -> list[str]:
        return [
            command.turn.item_id for command in commands if isinstance(command, SaveTurn) and command.turn.was_cut_off
        ]

    def test_who_goes_on_just_after_the_agent_began_was_cut_off(self) -> None:
        stage = self.answered()
        stage.at_ms += 1200
        stage.happen(SpeechBegan(stage.at_ms, "c2", stage.at_ms))
        assert self.marked(stage.hear(420)) == ["c1"]

    def test_an_interruption_later_is_none(self) -> None:
        stage = self.answered()
        stage.at_ms += 2500
        stage.happen(SpeechBegan(stage.at_ms, "c2", stage.at_ms))
        assert self.marked(stage.hear(420)) == []

    def test_a_cough_is_none(self) -> None:
        stage = self.answered()
        stage.happen(SpeechBegan(stage.at_ms, "c2", stage.at_ms))
        stage.hear(200)
        assert self.marked(stage.hear(500, is_voice=False)) == []

    def test_words_that_come_late_are_marked_too(self) -> None:
        stage = asking(connected())
        start = stage.at_ms
        stage.happen(SpeechBegan(start, "c1", start), SpeechEnded(start + 900, "c1", start + 800))
        stage.at_ms = start + 1000
        stage.reply("I see.", number=2)
        stage.happen(SpeechBegan(stage.at_ms + 500, "c2", stage.at_ms + 500))
        stage.hear(420)
        commands = stage.happen(CandidateTextArrived(stage.at_ms, "c1", "First of all", is_final=True))
        assert self.marked(commands) == ["c1"]

    def test_interrupting_the_greeting_is_none(self) -> None:
        stage = connected()
        stage.reply("Hello, I am Mira.", sound_ms=3000)
        stage.happen(SpeechBegan(500, "c1", 500))
        assert self.marked(stage.hear(420)) == []
