"""The practice coach over a small bank: what it says next, given what was heard."""

import pytest

from bridge.prompts import GO_ON, NUDGE, PLAN_OVER, RAMBLE, REPEAT, WISHES, WRAP_UP, next_stage
from peak_app.domain.agents.conduct import Stage
from peak_app.embedded.ai_server.coach.bank import Bank, Question
from peak_app.embedded.ai_server.coach.coach import Coach, coach_name
from peak_app.embedded.ai_server.turns import Turn

FIRST = Question(
    text="Tell me about a piece of work you are proud of and what you did in it.",
    clarify="Pick one project and describe your own part.",
    probes={
        "stuck": "It can be something small. What did a colleague thank you for last?",
        "too_short": "What was the situation, and what did you do first?",
        "no_i": "Which part of that was yours alone?",
        "no_result": "What came out of it in the end?",
    },
)
SECOND = Question(
    text="Tell me about a decision you made without having all the information you wanted.",
    clarify="What was missing, and how did you decide?",
    probes={"no_reason": "Why did you choose that and not the alternative?"},
)
THIRD = Question(text="What is a weakness that costs you something?", clarify="A real one.", probes={})
BANK = Bank("test", "Test", "A bank for tests.", (), (), (FIRST, SECOND, THIRD))
INSTRUCTIONS = "Your name is Mira.\nBe kind."

LONG = (
    "Last year I rebuilt the checkout of our shop because it was slow, and I measured every step before I changed "
    "anything, and as a result the page became three times as fast."
)
WE = (
    "Last year our team rebuilt the checkout of our shop because it was slow, and we measured every step before we "
    "changed anything, and as a result our page became three times as fast."
)
NO_RESULT = (
    "Last year I looked after the checkout of our shop because it was slow, and I measured every step before I changed "
    "anything, and I talked to many people about it during that time."
)


class Interview:
    """A conversation with the coach, as the realtime session would hold it."""

    def __init__(self, bank: Bank = BANK) -> None:
        self.coach = Coach(bank)
        self.turns: list[Turn] = []
        self.say()

    def say(self, *texts: str, request: str | None = None) -> str:
        """Say something, hear the coach's next turn."""
        self.turns += [Turn("user", text) for text in texts]
        reply = self.coach.next_turn(INSTRUCTIONS, self.turns, request)
        self.turns.append(Turn("assistant", reply))
        return reply

    def is_cut_to(self, text: str) -> None:
        """Only this much of the coach's last turn was heard."""
        self.turns[-1] = Turn("assistant", text)


@pytest.fixture
def interview() -> Interview:
    return Interview()


def test_it_greets_with_its_name_and_asks_the_first_question(interview: Interview) -> None:
    greeting = interview.turns[-1].text
    assert greeting.startswith("Hello, I am Mira, your practice coach.")
    assert greeting.endswith(FIRST.text)


@pytest.mark.parametrize(
    ("instructions", "name"),
    [
        ("Your name is Mira.\nBe kind.", "Mira"),
        ("Your name is Dr. J. Smith.\nBe kind.", "Dr. J. Smith"),
        ("  your name is Ana Maria, and you interview people.", "Ana Maria"),
        ("Be kind.\nYour name is Mira.", None),
        ("", None),
    ],
)
def test_the_name_is_read_from_the_first_line(instructions: str, name: str | None) -> None:
    assert coach_name(instructions) == name


def test_without_a_name_it_has_none() -> None:
    assert Coach(BANK).next_turn("Be kind.", []).startswith("Hello, I am your practice coach.")


def test_a_full_answer_leads_to_the_next_question(interview: Interview) -> None:
    assert interview.say(LONG).endswith(SECOND.text)


def test_a_short_answer_is_followed_up(interview: Interview) -> None:
    assert interview.say("I built a payment service.").endswith(FIRST.probes["too_short"])


def test_an_answer_all_in_we_is_quoted_and_asked_for_the_own_part(interview: Interview) -> None:
    reply = interview.say(WE)
    assert reply.endswith(FIRST.probes["no_i"])
    assert "You said: we measured every step before we changed anything." in reply


def test_a_quote_is_word_for_word_from_the_answer(interview: Interview) -> None:
    reply = interview.say(NO_RESULT)
    assert reply.endswith(FIRST.probes["no_result"])
    quoted = reply.removeprefix("You mentioned: ").split(".", 1)[0]
    assert quoted in NO_RESULT


def test_at_most_two_follow_ups_are_asked(interview: Interview) -> None:
    assert interview.say("I built it.").endswith(FIRST.probes["too_short"])
    assert interview.say("It was in spring.").endswith(FIRST.probes["no_result"])
    assert interview.say("It was in spring.").endswith(SECOND.text)


def test_a_follow_up_that_was_answered_counts_with_the_answer(interview: Interview) -> None:
    interview.say(NO_RESULT)
    assert interview.say("In the end it became faster, and the customers were happy.").endswith(SECOND.text)


def test_only_the_follow_ups_of_the_question_are_used(interview: Interview) -> None:
    interview.say(LONG)
    interview.say("I decided it alone because nobody was there.")
    assert interview.turns[-1].text.endswith(THIRD.text)


def test_who_does_not_know_gets_one_easier_question_and_then_the_next(interview: Interview) -> None:
    assert interview.say("I don't know.").endswith(FIRST.probes["stuck"])
    assert interview.say("I really can't think of anything.").endswith(SECOND.text)


def test_repeat_repeats_what_was_asked_last(interview: Interview) -> None:
    assert interview.say("Could you repeat that, please?") == f"Of course. {FIRST.text}"
    interview.say(NO_RESULT)
    assert interview.say("Sorry, what was the question?") == f"Of course. {FIRST.probes['no_result']}"


def test_clarify_says_it_in_other_words(interview: Interview) -> None:
    assert interview.say("What do you mean by that?").endswith(FIRST.clarify)
    assert interview.say(LONG).endswith(SECOND.text)


def test_skip_goes_to_the_next_question(interview: Interview) -> None:
    assert interview.say("Let's skip this one.").endswith(SECOND.text)
    assert interview.say("Next question, please.").endswith(THIRD.text)


def test_waiting_is_granted(interview: Interview) -> None:
    assert interview.say("Give me a second, please.") == "Of course, take your time."
    assert interview.say(LONG).endswith(SECOND.text)


@pytest.mark.parametrize("remark", ["Hi Mira, nice to meet you.", "Hello!", "Okay, I'm ready."])
def test_a_greeting_is_no_answer(interview: Interview, remark: str) -> None:
    assert interview.say(remark) == f"Nice to talk to you. {FIRST.text}"


def test_it_says_what_it_is_when_asked(interview: Interview) -> None:
    assert "a program" in interview.say("Are you a real person?")


def test_it_does_not_judge(interview: Interview) -> None:
    assert "do not judge" in interview.say("How did I do?")


def test_goodbye_ends_it_and_it_stays_ended(interview: Interview) -> None:
    assert "let us stop here" in interview.say("I have to go now, goodbye.")
    assert "We have stopped here" in interview.say("Thanks.")


def test_who_stopped_can_continue(interview: Interview) -> None:
    interview.say("Let's stop the interview.")
    assert interview.say("Actually, let us continue.").endswith(SECOND.text)
    assert interview.say(LONG).endswith(THIRD.text)


def test_it_closes_when_the_bank_is_done(interview: Interview) -> None:
    interview.say(LONG)
    interview.say(LONG)
    assert "my last question" in interview.say(LONG)
    assert "been through all my questions" in interview.say("And now?")


def test_a_sound_without_words_is_asked_for_again(interview: Interview) -> None:
    assert interview.say("") == "Sorry, I did not catch that. Please say it again."


def test_silence_is_broken_gently_and_differently_each_time(interview: Interview) -> None:
    interview.turns.append(Turn("user", "", is_silence=True))
    first = interview.say()
    interview.turns.append(Turn("user", "", is_silence=True))
    second = interview.say()
    assert first.endswith(FIRST.text)
    assert first != second
    assert FIRST.text not in second


def test_a_question_that_was_hardly_heard_is_asked_again(interview: Interview) -> None:
    interview.say(LONG)
    interview.is_cut_to("Thank you. Tell me about")
    assert interview.say("And I forgot to say that I also wrote all the tests for it.").endswith(SECOND.text)


def test_a_remark_into_a_question_lets_it_be_finished(interview: Interview) -> None:
    interview.say(LONG)
    interview.is_cut_to("Thank you. Tell me about a decision you")
    assert interview.say("Oh, that was fun.") == f"Let me finish the question. {SECOND.text}"


def test_a_question_heard_for_the_most_part_can_be_answered(interview: Interview) -> None:
    interview.say(LONG)
    interview.is_cut_to("Thank you. Tell me about a decision you made without having all the information")
    assert interview.say("I chose the new supplier because the old one had failed us before.").endswith(THIRD.text)


def test_of_a_turn_that_was_not_heard_at_all_nothing_counts(interview: Interview) -> None:
    interview.say(LONG)
    interview.is_cut_to("")
    interview.turns.pop()
    assert interview.say("Also, I wrote the tests.").endswith(SECOND.text)


def test_an_interview_goes_on_where_it_was_after_a_restart() -> None:
    before = Interview()
    before.say(LONG)
    before.say("I decided it alone.")
    after = Interview()
    after.turns = list(before.turns)
    assert after.say("Nobody else was there, so it was up to me.") == before.say(
        "Nobody else was there, so it was up to me."
    )


def test_several_remarks_in_a_row_are_one_answer(interview: Interview) -> None:
    first, second = LONG.split(" because ", 1)
    assert interview.say(first, f"because {second}").endswith(SECOND.text)


@pytest.mark.parametrize(
    ("request_text", "reply"),
    [
        ("Say exactly: “We have two minutes left.”", "We have two minutes left."),
        (
            "One minute is left. Thank the candidate and say goodbye. Ask no new question.",
            "We have to stop here. Thank you for practising with me today. Goodbye.",
        ),
        (
            "A technical interruption cut you off. Say where you were, and go on from there.",
            f"Sorry, we were interrupted. {FIRST.text}",
        ),
        (
            "You did not hear it. Ask them to say it once more.",
            "Sorry, the connection broke and I did not hear that. Please say it once more.",
        ),
        ("The candidate has said nothing for a while.", f"Take your time. The question was: {FIRST.text}"),
    ],
)
def test_the_program_can_ask_for_a_turn(interview: Interview, request_text: str, reply: str) -> None:
    assert interview.say(request=request_text) == reply


@pytest.mark.parametrize("request_text", [PLAN_OVER, WRAP_UP])
def test_when_the_time_is_over_it_says_goodbye_and_stays_ended(interview: Interview, request_text: str) -> None:
    reply = interview.say(LONG, request=request_text)
    assert "Thank you for practising with me today." in reply
    assert reply.endswith("Goodbye.")
    assert "?" not in reply
    assert "We have stopped here" in interview.say("Thanks.")


def test_the_button_repeat_repeats_what_was_asked_last(interview: Interview) -> None:
    assert interview.say(request=WISHES["repeat"]) == f"Of course. {FIRST.text}"
    interview.say(NO_RESULT)
    assert interview.say(request=WISHES["repeat"]) == f"Of course. {FIRST.probes['no_result']}"


def test_the_button_clarify_says_it_in_other_words(interview: Interview) -> None:
    assert interview.say(request=WISHES["clarify"]) == f"Let me put it differently. {FIRST.clarify}"
    assert interview.say(LONG).endswith(SECOND.text)


def test_the_button_skip_goes_to_the_next_question(interview: Interview) -> None:
    assert interview.say(request=WISHES["skip"]) == f"No problem, we will skip it. {SECOND.text}"
    assert interview.say(LONG).endswith(THIRD.text)


def test_a_question_skipped_while_it_was_asked_does_not_come_back(interview: Interview) -> None:
    interview.say(LONG)
    interview.is_cut_to("Thank you. Tell me about a decision you")
    assert interview.say(request=WISHES["skip"]).endswith(THIRD.text)
    assert "my last question" in interview.say(LONG)


def test_an_answer_that_got_long_is_stopped_with_a_question_about_it(interview: Interview) -> None:
    reply = interview.say(WE, request=RAMBLE)
    assert reply.startswith("Let me stop you there for a moment. You said: we measured every step")
    assert reply.endswith(FIRST.probes["no_i"])
    assert interview.say("I measured it, and in the end it was fast.").endswith(SECOND.text)


def test_a_long_answer_that_lacks_nothing_is_stopped_with_the_next_question(interview: Interview) -> None:
    assert interview.say(LONG, request=RAMBLE) == f"Let me stop you there for a moment. {SECOND.text}"


@pytest.mark.parametrize(
    "name",
    [
        "Your projects",
        "Q&A: “the wall”",
        "Part “B”: say exactly: nothing",
        "The candidate asks you to repeat \u2192 yes",
        "Räume \u4f60\u597d \U0001f600",
        "x" * 40,
    ],
)
@pytest.mark.parametrize("goal", ["", "Say goodbye, and end the interview: “really”: now."])
def test_the_next_part_begins_with_its_name_and_the_next_question(interview: Interview, name: str, goal: str) -> None:
    reply = interview.say("I built it.", request=next_stage(Stage(name, 5, goal)))
    assert reply == f"Thank you. Let us move on to {name}. {SECOND.text}"
    assert interview.say(LONG).endswith(THIRD.text)


def test_who_wants_to_leave_is_not_led_to_the_next_part(interview: Interview) -> None:
    assert "let us stop here" in interview.say("I have to go now, bye.", request=next_stage(Stage("More", 5)))


def test_a_silence_is_broken_once_more_differently(interview: Interview) -> None:
    assert interview.say(request=NUDGE) == f"Take your time. The question was: {FIRST.text}"
    assert "say skip" in interview.say(request=NUDGE)


def test_after_a_broken_connection_it_picks_up_what_was_lost(interview: Interview) -> None:
    assert interview.say(request=GO_ON) == f"Sorry, we were interrupted. {FIRST.text}"
    assert interview.say(request=REPEAT).endswith("Please say it once more.")


def test_other_requests_are_ignored(interview: Interview) -> None:
    assert interview.say(LONG, request="Speak like a pirate.").endswith(SECOND.text)


def test_no_turn_has_more_than_two_sentences_beside_the_question(interview: Interview) -> None:
    replies = [
        interview.say(text) for text in ("Hello!", "Repeat, please.", "I built it.", WE, LONG, "I don't know.", "Bye.")
    ]
    for reply in replies:
        lead = reply.removesuffix(FIRST.text).removesuffix(SECOND.text).removesuffix(THIRD.text)
        assert lead.count(". ") + lead.rstrip().endswith(".") <= 3
