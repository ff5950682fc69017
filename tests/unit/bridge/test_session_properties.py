"""Whatever happens, in whatever order: rules a call never breaks."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.commands import Ask, CancelReply, CommitSpeech, EndCall, FinishPlaying, Play, SaveTurn, SendSound, Tell
from bridge.events import (
    CallEvent,
    CandidateGuessArrived,
    CandidateTextArrived,
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
    ReplyBegan,
    ReplyFinished,
    ReplySoundArrived,
    ReplySoundCompleted,
    ReplyTextArrived,
    SpeechBegan,
    SpeechEnded,
    ThinkAsked,
    Ticked,
    VoiceConnected,
    VoiceFaltered,
    VoiceGaveUp,
    VoiceLost,
    VoiceStayedAway,
    WishAsked,
)
from bridge.heard import split_heard
from bridge.messages import Thinking, to_json
from bridge.session import CallPlan, CallSession
from peak_app.domain.agents.conduct import Conduct, Stage
from peak_app.ports.voice import PastLine, Pcm16

TIMES = st.integers(0, 400_000)
RESPONSES = st.sampled_from(["r1", "r2", "r3"])
ITEMS = st.sampled_from(["i1", "i2", "i3"])
SPEECHES = st.sampled_from(["c1", "c2"])
TEXTS = st.sampled_from(["", "yes", "one two three", "  ", "ünï 🙂 text"])
SOUND = st.integers(1, 4000).map(lambda ms: Pcm16(bytes(ms * 48)))

CONDUCTS = st.sampled_from(
    [Conduct(), Conduct("patient", 30), Conduct("brisk", None, (Stage("One", 1), Stage("Two", 2, "goal")))]
)

EVENTS: st.SearchStrategy[CallEvent] = st.one_of(
    st.builds(PageConnected, TIMES, st.integers(0, 200_000)),
    st.builds(PageLost, TIMES),
    st.builds(MicHeard, TIMES, SOUND, st.booleans()),
    st.builds(ThinkAsked, TIMES, st.booleans()),
    st.builds(DoneAsked, TIMES),
    st.builds(WishAsked, TIMES, st.sampled_from(["repeat", "skip", "clarify"])),
    st.builds(VoiceConnected, TIMES),
    st.builds(VoiceLost, TIMES),
    st.builds(VoiceFaltered, TIMES, st.just("code")),
    st.builds(SpeechBegan, TIMES, SPEECHES, TIMES),
    st.builds(SpeechEnded, TIMES, SPEECHES, TIMES),
    st.builds(CandidateGuessArrived, TIMES, SPEECHES, TEXTS),
    st.builds(CandidateTextArrived, TIMES, SPEECHES, TEXTS, st.booleans()),
    st.builds(LineTyped, TIMES, st.just("typed.1"), TEXTS),
    st.builds(ReplyBegan, TIMES, RESPONSES),
    st.builds(ReplySoundArrived, TIMES, RESPONSES, ITEMS, SOUND),
    st.builds(ReplySoundCompleted, TIMES, RESPONSES, ITEMS),
    st.builds(ReplyTextArrived, TIMES, RESPONSES, ITEMS, TEXTS, st.booleans()),
    st.builds(ReplyFinished, TIMES, RESPONSES, st.booleans()),
    st.builds(PlaybackStarted, TIMES, ITEMS),
    st.builds(PlaybackProgressed, TIMES, ITEMS, st.integers(0, 9000)),
    st.builds(PlaybackFinished, TIMES, ITEMS),
    st.builds(PlaybackCut, TIMES, ITEMS, st.integers(0, 9000)),
    st.builds(Ticked, TIMES),
    st.builds(VoiceStayedAway, TIMES, st.just("It is away.")),
    st.builds(VoiceGaveUp, TIMES, st.just("It is gone.")),
    st.builds(EndAsked, TIMES),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(EVENTS, max_size=60), st.booleans(), st.booleans(), CONDUCTS)
def test_no_order_of_events_breaks_the_rules_of_a_call(
    events: list[CallEvent], is_resumed: bool, waits_for_words: bool, conduct: Conduct
) -> None:
    lines = (PastLine("agent", "Why?"),) if is_resumed else ()
    session = CallSession(CallPlan("Mira", lines, conduct=conduct, waits_for_words=waits_for_words))
    is_page_here = is_voice_here = is_over = False
    finished: set[str] = set()
    is_held = False
    for event in events:
        is_page_here = isinstance(event, PageConnected) or (is_page_here and not isinstance(event, PageLost))
        is_voice_here = isinstance(event, VoiceConnected) or (is_voice_here and not isinstance(event, VoiceLost))
        commands = session.handle(event)
        if is_over:
            assert all(isinstance(command, SaveTurn | CancelReply) for command in commands)
        for command in commands:
            if isinstance(command, Tell) and isinstance(command.message, Thinking):
                is_held = command.message.left_ms > 0
            if isinstance(command, Ask):
                # Whoever holds the turn is not answered.
                assert not is_held
            match command:
                case SendSound() | Ask() | CommitSpeech() if not is_over:
                    assert is_page_here
                    assert is_voice_here
                case Play(item_id=item_id):
                    assert is_page_here
                    assert item_id not in finished
                case FinishPlaying(item_id=item_id):
                    assert item_id not in finished
                    finished.add(item_id)
                case SaveTurn(turn=turn):
                    # Empty: what was journalled of a turn that goes on came to nothing.
                    assert turn.text.strip() or (turn.speaker == "candidate" and turn.is_final)
                    assert turn.start_ms <= turn.end_ms
                case Tell(message=message):
                    assert len(to_json(message)) <= 16_000
                case EndCall():
                    assert not is_over
                    is_over = True
    assert session.is_over == is_over


@given(
    st.text(max_size=200),
    st.integers(0, 20_000),
    st.floats(0, 20_000, allow_nan=False),
    st.booleans(),
)
def test_what_was_heard_and_what_was_not_give_the_words_again(
    text: str, heard_ms: int, sound_ms: float, is_complete: bool
) -> None:
    split = split_heard(text, heard_ms=heard_ms, sound_ms=sound_ms, is_sound_complete=is_complete)
    assert split.heard + split.unheard == text
    if heard_ms == 0:
        assert split.heard == ""


@given(st.lists(st.integers(0, 6000), min_size=2, max_size=20))
def test_hearing_more_never_means_fewer_words(heard: list[int]) -> None:
    text = "one two three four five six seven eight nine ten"
    lengths = [len(split_heard(text, heard_ms=ms, sound_ms=5000, is_sound_complete=True).heard) for ms in sorted(heard)]
    assert lengths == sorted(lengths)
