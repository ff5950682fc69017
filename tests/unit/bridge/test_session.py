"""Decisions of a call, on a clock that only the test moves."""

from bridge.commands import (
    AddLine,
    CancelReply,
    Command,
    EndCall,
    EnterStage,
    FinishPlaying,
    Play,
    RestartVoice,
    SaveTurn,
    SendSilence,
    SendSound,
    StopPlaying,
    Tell,
    Truncate,
)
from bridge.events import (
    CandidateGuessArrived,
    CandidateTextArrived,
    EndAsked,
    LineTyped,
    MicHeard,
    PageConnected,
    PageLost,
    PlaybackFinished,
    PlaybackProgressed,
    PlaybackStarted,
    ReplyBegan,
    ReplyFinished,
    ReplySoundArrived,
    ReplySoundCompleted,
    ReplyTextArrived,
    SpeechBegan,
    SpeechEnded,
    Ticked,
    VoiceConnected,
    VoiceGaveUp,
    VoiceLost,
    VoiceStayedAway,
)
from bridge.messages import Caption, CaptionCut, Duck, Ended, Hello, Problem, ReplyDelay, Time, Unduck
from bridge.prompts import GO_ON, NUDGE, PLAN_OVER, REPEAT, WRAP_UP, next_stage
from bridge.session import CallPlan, CallSession
from peak_app.domain.agents.conduct import Conduct
from peak_app.domain.agents.conduct import Stage as Part
from peak_app.domain.meetings.turns import Turn
from peak_app.ports.voice import PastLine
from tests.unit.bridge.session_stage import HOUR_MS, Stage, asked, connected, sound, state, told, turns


def hello(*, is_resumed: bool) -> Hello:
    return Hello(0, "Mira", "", is_resumed, cap_s=3600, planned_s=3540, stages=(), is_recorded=True)


class TestBeginning:
    def test_the_agent_greets_first_and_only_once(self) -> None:
        stage = connected()
        assert asked(stage.done) == [None]
        assert told(stage.done, Hello) == [hello(is_resumed=False)]
        # Begun while nobody is there, the greeting is not lost: it is asked for again, as an answer.
        stage.happen(PageLost(100), ReplyBegan(150, "r0"), ReplyFinished(160, "r0", is_failed=False))
        stage.happen(PageConnected(200, HOUR_MS))
        assert asked(stage.done) == [None, None]
        stage.played(stage.reply("Hello, I am Mira."))
        assert asked(stage.happen(PageLost(3000), PageConnected(4000, HOUR_MS))) == []

    def test_nothing_is_asked_before_both_are_there(self) -> None:
        stage = Stage(CallSession(CallPlan("Mira")))
        assert asked(stage.happen(PageConnected(0, HOUR_MS))) == []
        assert state(stage) == "connecting"
        assert asked(stage.happen(VoiceConnected(900))) == [None]
        assert state(stage) == "thinking"

    def test_a_resumed_call_waits_for_the_person_when_the_agent_had_finished(self) -> None:
        stage = connected(lines=(PastLine("agent", "What happened?"),))
        assert asked(stage.done) == []
        assert told(stage.done, Hello) == [hello(is_resumed=True)]
        assert state(stage) == "listening"

    def test_a_resumed_call_answers_what_was_left_unanswered(self) -> None:
        lines = (PastLine("agent", "What happened?"), PastLine("candidate", "It broke."))
        assert asked(connected(lines=lines).done) == [None]

    def test_a_resumed_call_goes_on_where_the_agent_was_cut(self) -> None:
        assert asked(connected(lines=(PastLine("agent", "What hap"),), was_cut=True).done) == [GO_ON]

    def test_a_greeting_that_is_all_there_is_is_not_given_again(self) -> None:
        stage = connected(lines=(PastLine("agent", "Hello, I am Mira. What happened?"),))
        # Also not when the model is lost and comes back.
        stage.happen(VoiceLost(100), VoiceConnected(200))
        assert asked(stage.done) == []

    def test_what_the_agent_begins_to_say_is_journalled_as_not_final(self) -> None:
        stage = connected()
        stage.happen(
            ReplyBegan(0, "r1"),
            ReplyTextArrived(0, "r1", "i1", "Hello, I am ", is_final=False),
            ReplySoundArrived(0, "r1", "i1", sound(2000)),
            PlaybackStarted(10, "i1"),
            ReplyTextArrived(20, "r1", "i1", "Hello, I am Mira.", is_final=True),
            ReplySoundCompleted(20, "r1", "i1"),
            ReplyFinished(20, "r1", is_failed=False),
            PlaybackFinished(2010, "i1"),
        )
        saved = [command.turn for command in stage.done if isinstance(command, SaveTurn)]
        assert [(turn.item_id, turn.text, turn.is_final) for turn in saved] == [
            ("i1", "Hello, I am", False),
            ("i1", "Hello, I am Mira.", False),
            ("i1", "Hello, I am Mira.", True),
        ]

    def test_sound_reaches_the_model_only_while_both_are_there(self) -> None:
        stage = connected()
        heard = MicHeard(5, sound(20), is_voice=False)
        assert stage.happen(heard) == [SendSound(sound(20), 5)]
        stage.happen(VoiceLost(10))
        assert stage.happen(heard) == []
        stage.happen(VoiceConnected(20), PageLost(30))
        assert stage.happen(heard) == []


class TestConversation:
    def test_both_sides_are_journalled_with_their_times(self) -> None:
        stage = connected()
        stage.at_ms = 100
        item = stage.reply("Tell me about a conflict.", sound_ms=2000)
        assert state(stage) == "speaking"
        stage.at_ms = 2100
        (agent,) = turns(stage.played(item))
        assert agent == Turn(item, "agent", "Tell me about a conflict.", start_ms=100, end_ms=2100)
        stage.at_ms = 3000
        stage.happen(SpeechBegan(3300, "c1", 3000))
        assert state(stage) == "hearing"
        stage.happen(SpeechEnded(5700, "c1", 5000))
        assert state(stage) == "thinking"
        (candidate,) = turns(stage.happen(CandidateTextArrived(5900, "c1", "It was hard.", True, confidence=0.8)))
        assert candidate == Turn("c1", "candidate", "It was hard.", start_ms=3000, end_ms=5000, confidence=0.8)
        stage.at_ms = 6000
        stage.reply("Why?", number=2)
        assert ReplyDelay(1000) in told(stage.done, ReplyDelay)
        (second,) = turns(stage.played("i2"))
        assert second.reply_delay_ms == 1000
        assert stage.session.history == (
            PastLine("agent", "Tell me about a conflict."),
            PastLine("candidate", "It was hard."),
            PastLine("agent", "Why?"),
        )

    def test_captions_grow_and_become_final(self) -> None:
        stage = connected()
        stage.happen(SpeechBegan(10, "c1", 5))
        for words in ("It ", "was hard."):
            stage.happen(CandidateTextArrived(20, "c1", words, is_final=False))
        captions = told(stage.happen(CandidateTextArrived(30, "c1", "It was hard!", is_final=True)), Caption)
        assert captions == [Caption("c1", "candidate", "It was hard!", is_final=True, at_ms=5)]
        texts = [message.text for message in told(stage.done, Caption) if isinstance(message, Caption)]
        assert texts == ["It ", "It was hard.", "It was hard!"]

    def test_sound_without_words_leaves_no_turn(self) -> None:
        stage = connected()
        stage.happen(SpeechBegan(10, "c1", 5), SpeechEnded(20, "c1", 15))
        commands = stage.happen(CandidateTextArrived(30, "c1", "", is_final=True))
        assert turns(commands) == []
        assert stage.session.is_settled

    def test_words_that_come_after_playing_are_journalled_too(self) -> None:
        stage = connected()
        stage.happen(
            ReplyBegan(0, "r1"),
            ReplySoundArrived(0, "r1", "i1", sound(500)),
            PlaybackStarted(0, "i1"),
            ReplySoundCompleted(1, "r1", "i1"),
            PlaybackFinished(500, "i1"),
        )
        (turn,) = turns(stage.happen(ReplyTextArrived(510, "r1", "i1", "Hello.", is_final=True)))
        assert (turn.text, turn.start_ms, turn.end_ms) == ("Hello.", 0, 500)

    def test_a_typed_answer_interrupts_and_is_answered_when_the_model_is_free(self) -> None:
        stage = connected()
        stage.happen(ReplyBegan(0, "r1"), ReplySoundArrived(0, "r1", "i1", sound(500)))
        stage.cut_at["i1"] = 0
        commands = stage.happen(LineTyped(10, "typed.1", " Three years. "))
        assert turns(commands) == [Turn("typed.1", "candidate", "Three years.", 10, 10, is_typed=True)]
        assert AddLine(PastLine("candidate", "Three years.")) in commands
        assert CancelReply() in commands
        assert StopPlaying() in commands
        assert asked(commands) == []
        assert asked(stage.happen(ReplyFinished(20, "r1", is_failed=False))) == [None]

    def test_an_answer_that_failed_is_asked_for_once_more_and_then_told(self) -> None:
        stage = connected()
        stage.happen(ReplyBegan(0, "r1"))
        assert asked(stage.happen(ReplyFinished(1, "r1", is_failed=True))) == [None]
        stage.happen(ReplyBegan(2, "r2"))
        commands = stage.happen(ReplyFinished(3, "r2", is_failed=True))
        assert asked(commands) == []
        (problem,) = told(commands, Problem)
        assert isinstance(problem, Problem)
        assert not problem.is_fatal


class TestInterruption:
    TEXT = "one two three four five six seven eight nine ten"

    def interrupted(self, heard_ms: int) -> tuple[Stage, list[Command]]:
        stage = connected()
        item = stage.reply(self.TEXT, sound_ms=5000)
        stage.cut_at[item] = heard_ms
        stage.at_ms = heard_ms
        first = len(stage.done)
        stage.happen(SpeechBegan(heard_ms, "c1", heard_ms - 200))
        stage.hear(400)
        return stage, stage.done[first:]

    def test_the_answer_is_cut_where_it_was_heard(self) -> None:
        _, commands = self.interrupted(1540)
        assert Truncate("i1", 1540) in commands
        assert told(commands, Duck) == [Duck()]
        assert told(commands, CaptionCut) == [CaptionCut("i1", "one two three", "four five six seven eight nine ten")]
        (turn,) = turns(commands)
        assert turn.text == "one two three"
        assert turn.unheard_text == "four five six seven eight nine ten"

    def test_the_model_remembers_only_what_was_heard(self) -> None:
        stage, _ = self.interrupted(1540)
        assert stage.session.history == (PastLine("agent", "one two three"),)

    def test_an_answer_that_was_just_finished_is_not_cut(self) -> None:
        _, commands = self.interrupted(5000)
        assert [command for command in commands if isinstance(command, Truncate)] == []
        (turn,) = turns(commands)
        assert (turn.text, turn.unheard_text) == (self.TEXT, "")

    def test_an_answer_nobody_heard_leaves_no_turn_but_is_forgotten_by_the_model(self) -> None:
        _, commands = self.interrupted(0)
        assert turns(commands) == []
        assert Truncate("i1", 0) in commands

    def test_late_sound_of_a_cut_answer_is_not_played(self) -> None:
        stage = connected()
        stage.happen(
            ReplyBegan(0, "r1"),
            ReplyTextArrived(0, "r1", "i1", "one two ", is_final=False),
            ReplySoundArrived(0, "r1", "i1", sound(1000)),
            PlaybackStarted(0, "i1"),
        )
        stage.cut_at["i1"] = 600
        stage.at_ms = 600
        stage.happen(SpeechBegan(600, "c1", 500))
        stage.hear(400)
        late = stage.happen(
            ReplySoundArrived(610, "r1", "i1", sound(1000)),
            ReplySoundArrived(610, "r1", "i9", sound(1000)),
            ReplySoundCompleted(611, "r1", "i1"),
            ReplyTextArrived(612, "r1", "i1", "one two three four", is_final=True),
            ReplyFinished(613, "r1", is_failed=False),
        )
        assert [command for command in late if isinstance(command, Play | FinishPlaying)] == []
        # All words are known now; which were heard does not change.
        (turn,) = turns(late)
        assert turn.text.startswith("one")
        assert f"{turn.text} {turn.unheard_text}" == "one two three four"

    def test_the_page_is_let_through_again_with_the_next_answer_or_after_a_while(self) -> None:
        stage, _ = self.interrupted(1540)
        stage.happen(SpeechEnded(2000, "c1", 1900))
        stage.reply("Yes?", number=2)
        assert told(stage.done, Unduck) == [Unduck()]
        stage, _ = self.interrupted(1540)
        assert told(stage.wait(2000), Unduck) == [Unduck()]


class TestComingBack:
    def test_a_page_that_left_in_the_middle_hears_the_rest_told_again(self) -> None:
        stage = connected()
        item = stage.reply("A long story about work.", sound_ms=4000)
        stage.cut_at[item] = 1000
        commands = stage.happen(PageLost(1000))
        assert Truncate(item, 1000) in commands
        assert asked(stage.happen(PageConnected(9000, HOUR_MS))) == [GO_ON]

    def test_an_answer_made_while_nobody_listens_is_cancelled_and_made_later(self) -> None:
        stage = connected()
        stage.played(stage.reply("Why?"))
        stage.happen(SpeechBegan(1000, "c1", 900))
        assert SendSilence() in stage.happen(PageLost(1500))
        stage.happen(SpeechEnded(2000, "c1", 1500))
        assert len(turns(stage.happen(CandidateTextArrived(2100, "c1", "Because.", is_final=True)))) == 1
        assert CancelReply() in stage.happen(ReplyBegan(2200, "r2"))
        assert stage.happen(ReplySoundArrived(2300, "r2", "i2", sound(100))) == []
        stage.happen(ReplyFinished(2400, "r2", is_failed=False))
        assert asked(stage.happen(PageConnected(9000, HOUR_MS))) == [None]

    def test_nobody_coming_back_ends_the_call(self) -> None:
        stage = connected()
        stage.happen(PageLost(0))
        assert EndCall("lost") not in stage.wait(89_000)
        assert EndCall("lost") in stage.wait(1000)

    def test_a_page_that_never_came_ends_the_call(self) -> None:
        stage = Stage(CallSession(CallPlan("Mira", grace_ms=5000)))
        stage.happen(VoiceConnected(0))
        assert EndCall("lost") in stage.wait(7000)

    def test_the_model_breaking_off_in_its_answer_goes_on_with_it(self) -> None:
        stage = connected()
        stage.happen(
            ReplyBegan(0, "r1"),
            ReplyTextArrived(0, "r1", "i1", "one two", is_final=False),
            ReplySoundArrived(0, "r1", "i1", sound(1000)),
            PlaybackStarted(0, "i1"),
        )
        commands = stage.happen(VoiceLost(500))
        assert FinishPlaying("i1") in commands
        assert state(stage) == "reconnecting"
        assert stage.session.history == (PastLine("agent", "one two"),)
        assert len(turns(stage.happen(PlaybackFinished(1000, "i1")))) == 1
        assert asked(stage.happen(VoiceConnected(1500))) == [GO_ON]

    def test_the_model_breaking_off_while_the_person_spoke_asks_them_again(self) -> None:
        stage = connected()
        stage.played(stage.reply("Why?"))
        stage.happen(SpeechBegan(100, "c1", 50), VoiceLost(500))
        assert stage.session.is_settled
        assert asked(stage.happen(VoiceConnected(1500))) == [REPEAT]

    def test_the_model_breaking_off_in_silence_changes_nothing(self) -> None:
        stage = connected()
        stage.played(stage.reply("Why?"))
        assert asked(stage.happen(VoiceLost(500), VoiceConnected(1500))) == []

    def test_a_model_that_owes_an_answer_too_long_is_connected_anew(self) -> None:
        stage = connected()
        stage.played(stage.reply("Why?"))
        stage.said("c1", "Because.")
        commands = stage.wait(20_000)
        assert commands.count(RestartVoice()) == 1
        assert asked(stage.happen(VoiceLost(stage.at_ms), VoiceConnected(stage.at_ms))) == [None]

    def test_a_model_that_stays_away_ends_the_call_with_a_sentence(self) -> None:
        stage = connected()
        commands = stage.happen(VoiceLost(1), VoiceGaveUp(2, "It is gone."))
        assert told(commands, Problem) == [Problem("voice_gone", "It is gone.", is_fatal=True)]
        assert commands[-1] == EndCall("failed")


class TestTime:
    def test_the_agent_wraps_up_a_minute_before_the_end_and_the_call_ends_on_time(self) -> None:
        stage = connected(allowance_ms=120_000)
        stage.played(stage.reply("Why?"))
        stage.said("c1", "Because.")
        stage.played(stage.reply("And then?", number=2))
        stage.happen(SpeechBegan(stage.at_ms, "c2", stage.at_ms))
        # While the person speaks nobody interrupts them.
        assert asked(stage.wait(65_000)) == []
        stage.happen(
            SpeechEnded(stage.at_ms, "c2", stage.at_ms),
            CandidateTextArrived(stage.at_ms, "c2", "A long answer.", is_final=True),
        )
        # The answer to it brings the interview to an end.
        assert asked(stage.done)[-1] == WRAP_UP
        stage.played(stage.reply("Thank you, goodbye.", number=3))
        commands = stage.wait(60_000)
        assert asked(commands) == []
        assert told(commands, Ended) == [Ended("time_up")]
        assert EndCall("time_up") in commands

    def test_time_without_a_page_does_not_count(self) -> None:
        stage = connected(allowance_ms=60_000)
        stage.happen(PageLost(10_000))
        stage.at_ms = 10_000
        assert EndCall("time_up") not in stage.wait(70_000)
        hello = told(stage.happen(PageConnected(80_000, 50_000)), Hello)[0]
        assert isinstance(hello, Hello)
        assert hello.cap_s == 130

    def test_a_silent_person_is_asked_once_and_not_again_before_they_speak(self) -> None:
        stage = connected()
        stage.played(stage.reply("Why?"))
        assert asked(stage.wait(19_000)) == []
        assert asked(stage.wait(2000)) == [NUDGE]
        stage.played(stage.reply("Take your time.", number=2))
        assert asked(stage.wait(300_000)) == []
        stage.said("c1", "Because.")
        stage.played(stage.reply("I see. And then?", number=3))
        assert asked(stage.wait(21_000)) == [NUDGE]


class TestEnding:
    def test_the_last_words_are_still_written_down(self) -> None:
        stage = connected()
        stage.played(stage.reply("Why?"))
        stage.happen(SpeechBegan(1000, "c1", 900))
        commands = stage.happen(EndAsked(2000))
        assert commands == [SendSilence(), Tell(Ended("ended_by_person")), EndCall("ended_by_person")]
        assert not stage.session.is_settled
        stage.happen(SpeechEnded(2700, "c1", 2000))
        (turn,) = turns(stage.happen(CandidateTextArrived(2800, "c1", "Goodbye.", is_final=True)))
        assert turn.text == "Goodbye."
        assert stage.session.is_settled
        assert stage.happen(ReplyBegan(2900, "r9")) == [CancelReply()]

    def test_what_was_heard_of_the_last_answer_is_journalled(self) -> None:
        stage = connected()
        item = stage.reply("one two three four", sound_ms=4000)
        stage.cut_at[item] = 2000
        (turn,) = turns(stage.happen(EndAsked(2000)))
        assert (turn.text, turn.unheard_text) == ("one two", "three four")

    def test_nothing_happens_after_the_end(self) -> None:
        stage = connected()
        stage.happen(EndAsked(1000))
        assert stage.happen(EndAsked(1001), Ticked(2000), PageLost(3000), VoiceLost(4000), Ticked(200_000)) == []


class TestStages:
    CONDUCT = Conduct(stages=(Part("Warm-up", 1), Part("Design", 2, "How do they think?"), Part("Questions", 1)))

    def test_the_next_stage_is_told_to_the_model_and_taken_up_with_the_next_answer(self) -> None:
        stage = connected(conduct=self.CONDUCT)
        stage.played(stage.reply("Hello. How are you?"))
        stage.happen(SpeechBegan(50_000, "c1", 50_000))
        stage.at_ms = 50_000
        commands = stage.wait(15_000)
        assert EnterStage(1) in commands
        # Nobody is interrupted because the time of a stage is over.
        assert asked(commands) == []
        commands = stage.happen(SpeechEnded(stage.at_ms, "c1", stage.at_ms))
        assert asked(commands) == [next_stage(self.CONDUCT.stages[1])]
        stage.played(stage.reply("Let us move on. Design a queue.", number=2))
        assert asked(stage.said("c2", "All right.")) == [None]

    def test_the_page_is_told_stage_and_time(self) -> None:
        stage = connected(conduct=self.CONDUCT)
        (greeting,) = told(stage.done, Hello)
        assert isinstance(greeting, Hello)
        assert (greeting.planned_s, [entry.name for entry in greeting.stages]) == (
            240,
            ["Warm-up", "Design", "Questions"],
        )
        times = [message for message in told(stage.wait(61_000), Time) if isinstance(message, Time)]
        assert (times[0].stage, times[0].stage_left_s, times[0].left_s) == (0, 59, 239)
        assert (times[-1].stage, times[-1].stage_left_s) == (1, 119)

    def test_a_silent_person_is_led_on_instead_of_nudged(self) -> None:
        stage = connected(conduct=self.CONDUCT)
        stage.at_ms = 50_000
        stage.played(stage.reply("Hello. How are you?"))
        assert asked(stage.wait(21_000)) == [next_stage(self.CONDUCT.stages[1])]

    def test_when_all_are_over_the_agent_brings_the_interview_to_an_end(self) -> None:
        stage = connected(conduct=self.CONDUCT)
        stage.at_ms = 235_000
        stage.played(stage.reply("Anything else?"))
        stage.happen(Ticked(235_000))
        assert asked(stage.said("c1", "No."))[0] == next_stage(self.CONDUCT.stages[2])
        stage.played(stage.reply("Good.", number=2))
        commands = stage.wait(8_000)
        assert EnterStage(None) in commands
        assert asked(commands) == [PLAN_OVER]
        stage.played(stage.reply("Goodbye.", number=3))
        assert asked(stage.wait(120_000)) == []

    def test_a_reload_or_another_bridge_finds_the_same_stage(self) -> None:
        stage = connected(conduct=self.CONDUCT)
        stage.played(stage.reply("Hello."))
        stage.happen(PageLost(10_000))
        commands = stage.happen(PageConnected(90_000, HOUR_MS))
        assert EnterStage(1) in commands
        fresh = Stage(
            CallSession(CallPlan("Mira", (PastLine("agent", "Hello."),), conduct=self.CONDUCT, grace_ms=90_000))
        )
        commands = fresh.happen(VoiceConnected(90_000), PageConnected(90_000, HOUR_MS))
        # Its model was set up with the stage that is on.
        assert [command for command in commands if isinstance(command, EnterStage)] == []


class TestCaptions:
    TEXT = "one two three four five six seven eight nine ten"

    def test_the_agents_words_come_in_step_with_its_sound(self) -> None:
        stage = connected()
        stage.reply(self.TEXT, sound_ms=5000)
        for heard_ms in (1000, 2000, 4000):
            stage.happen(PlaybackProgressed(heard_ms, "i1", heard_ms))
        stage.at_ms = 5000
        stage.played("i1")
        texts = [message.text for message in told(stage.done, Caption) if isinstance(message, Caption)]
        assert texts[-1] == self.TEXT
        assert all(self.TEXT.startswith(text) for text in texts)
        lengths = [len(text.split()) for text in texts]
        assert lengths == sorted(lengths)
        # After a second of five, two of ten words were said; the caption may be a word ahead.
        assert 2 <= lengths[1] <= 4

    def test_words_without_sound_are_shown_and_kept(self) -> None:
        stage = connected()
        commands = stage.happen(
            ReplyBegan(5, "r1"),
            ReplyTextArrived(6, "r1", "i1", "I can't speak right now.", is_final=True),
            ReplyFinished(7, "r1", is_failed=False),
        )
        assert told(commands, Caption) == [
            Caption("i1", "agent", "I can't speak right now.", is_final=True, at_ms=7),
        ]
        assert [turn.text for turn in turns(commands)] == ["I can't speak right now."]

    def test_what_a_turn_sounds_like_is_shown_until_its_words_are_there(self) -> None:
        stage = connected()
        stage.happen(SpeechBegan(10, "c1", 5))
        commands = stage.happen(CandidateGuessArrived(400, "c1", "It was heart"))
        assert told(commands, Caption) == [Caption("c1", "candidate", "It was heart", is_final=False, at_ms=5)]
        assert stage.happen(CandidateGuessArrived(400, "c9", "of an unknown turn")) == []


class TestLongAnswers:
    def test_what_a_turn_sounds_like_so_far_is_journalled_every_two_seconds(self) -> None:
        stage = connected()
        stage.happen(SpeechBegan(10, "c1", 5))
        words = ["First", "First I", "First I looked", "First I looked at", "First I looked at it"]
        for n, text in enumerate(words):
            stage.happen(CandidateGuessArrived(700 * (n + 1), "c1", text))
        saved = [command.turn for command in stage.done if isinstance(command, SaveTurn)]
        assert [(turn.text, turn.is_final, turn.end_ms) for turn in saved] == [
            ("First", False, 700),
            ("First I looked at", False, 2800),
        ]
        stage.happen(SpeechEnded(4000, "c1", 3600))
        (turn,) = turns(stage.happen(CandidateTextArrived(4100, "c1", "First, I looked at it.", is_final=True)))
        assert turn.text == "First, I looked at it."

    def test_a_guess_that_came_to_nothing_leaves_no_words(self) -> None:
        stage = connected(waits_for_words=True)
        stage.happen(SpeechBegan(10, "c1", 5), CandidateGuessArrived(700, "c1", "You"), SpeechEnded(900, "c1", 300))
        (turn,) = turns(stage.happen(CandidateTextArrived(950, "c1", "", is_final=True)))
        assert (turn.item_id, turn.text) == ("c1", "")
        assert stage.session.history == ()

    def test_the_model_leaving_in_the_middle_loses_no_more_than_the_last_words(self) -> None:
        stage = connected()
        stage.happen(SpeechBegan(10, "c1", 5), CandidateGuessArrived(700, "c1", "First I looked"))
        (turn,) = turns(stage.happen(VoiceLost(1500)))
        assert turn.text == "First I looked"
        assert stage.session.history[-1] == PastLine("candidate", "First I looked")


class TestTheModelAway:
    def test_the_person_is_told_and_can_end_with_what_there_is(self) -> None:
        stage = connected()
        stage.played(stage.reply("Why?"))
        commands = stage.happen(VoiceLost(1), VoiceStayedAway(2, "The model is busy."))
        assert told(commands, Problem) == [Problem("voice_gone", "The model is busy.", is_fatal=False)]
        assert not stage.session.is_over
        # A page that comes meanwhile is told too.
        stage.happen(PageLost(3))
        assert len(told(stage.happen(PageConnected(4, HOUR_MS)), Problem)) == 1
        assert told(stage.happen(VoiceConnected(5)), Problem) == [Problem("voice_back", "", is_fatal=False)]
        assert stage.happen(EndAsked(6))[-1] == EndCall("ended_by_person")

    def test_its_connection_is_renewed_in_a_quiet_moment_before_the_service_ends_it(self) -> None:
        stage = connected(allowance_ms=2 * HOUR_MS)
        stage.played(stage.reply("Why?"))
        stage.at_ms = 50 * 60_000
        stage.happen(SpeechBegan(stage.at_ms, "c1", stage.at_ms))
        assert RestartVoice() not in stage.wait(5_000)
        stage.happen(SpeechEnded(stage.at_ms, "c1", stage.at_ms))
        stage.happen(CandidateTextArrived(stage.at_ms, "c1", "Because.", is_final=True))
        stage.played(stage.reply("I see.", number=2))
        assert stage.wait(10_000).count(RestartVoice()) == 1
        commands = stage.happen(VoiceLost(stage.at_ms), VoiceConnected(stage.at_ms))
        assert asked(commands) == []
