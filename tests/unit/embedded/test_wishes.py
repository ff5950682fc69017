"""Short remarks that are wishes, and answers that only look like them."""

import pytest

from peak_app.embedded.ai_server.coach.wishes import find_wish


@pytest.mark.parametrize(
    ("remark", "wish"),
    [
        ("Can you repeat the question?", "repeat"),
        ("Sorry?", "repeat"),
        ("Pardon, I didn't catch that.", "repeat"),
        ("Skip.", "skip"),
        ("I'd like to move on.", "skip"),
        ("Pass.", "skip"),
        ("I don't know.", "stuck"),
        ("Hmm, no idea, sorry.", "stuck"),
        ("I can\u2019t think of an example.", "stuck"),
        ("Could you explain that?", "clarify"),
        ("I don't understand the question.", "clarify"),
        ("Let me think.", "wait"),
        ("One moment, please.", "wait"),
        ("Goodbye!", "stop"),
        ("Stop.", "stop"),
        ("I want to end this call.", "stop"),
        ("Hello.", "greet"),
        ("Yes, I'm ready.", "greet"),
        ("Are you a robot?", "identity"),
        ("Was that good?", "feedback"),
    ],
)
def test_a_wish_is_found(remark: str, wish: str) -> None:
    assert find_wish(remark) == wish


@pytest.mark.parametrize(
    "answer",
    [
        "I built a payment service with two colleagues.",
        "We did not know what the customer wanted, so I asked him every week until we had something.",
        "I had to repeat the whole migration at night because the first one had failed in the middle of the tables.",
        "My manager told me to stop the project, and then I talked to her and she changed her mind after a few days.",
        "",
        "   ",
        "Yes, we did.",
    ],
)
def test_an_answer_is_no_wish(answer: str) -> None:
    assert find_wish(answer) is None
