import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.insights.fillers import find_fillers, hesitation_kind


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Um, I, uh, er erm hmm", ["um", "uh", "er", "erm", "hmm"]),
        ("It was, like, really hard", ["like"]),
        ("it was like really hard", ["like"]),
        ("I was like, okay fine", ["like"]),
        ("The hardest part was, you know, convincing", ["you know"]),
        ("we had you know a lot", ["you know"]),
        ("You know, it is hard", ["you know"]),
        ("small. I mean, there were only three", ["i mean"]),
        ("it was kind of slow", ["kind of"]),
        ("We sort of never left", ["sort of"]),
        ("That is basically it.", ["basically"]),
        ("It\u2019s like so easy, I mean, really", ["like", "i mean"]),
    ],
)
def test_a_word_that_says_nothing_is_a_filler(text: str, kinds: list[str]) -> None:
    assert [place.kind for place in find_fillers(text.split())] == kinds


@pytest.mark.parametrize(
    "text",
    [
        "I like the way that turned out.",
        "I know what it is like when it works well.",
        "I knew what it was like, and left",
        "He looked like, well, tired",
        "people like you and me",
        "You know the feeling when a release is boring",
        "so you know how cold it gets",
        "Do you know?",
        "as you know, we did",
        "I mean what I say",
        "that is what I mean, really",
        "That kind of planning works",
        "That is very kind of you.",
        "the sort of person who asks",
        "So, right, actually we did.",
        "The umbrella is there.",
    ],
)
def test_a_word_that_says_something_is_none(text: str) -> None:
    assert find_fillers(text.split()) == []


def test_a_filler_knows_its_place_among_the_words() -> None:
    (place,) = find_fillers(["It", "was,", "you", "know,", "hard"])

    assert (place.index, place.length) == (2, 2)


def test_hesitations_are_known_however_they_are_written() -> None:
    assert [hesitation_kind(word) for word in ("Um,", "\u201cUhm\u201d", "UHH...", "err", "(hm)", "her")] == [
        "um",
        "um",
        "uh",
        "er",
        "hmm",
        None,
    ]


@given(
    st.lists(
        st.sampled_from(["you", "know", "i", "mean", "like", "kind", "of", "um,", "was.", "the", ",", "...", "\u2019"]),
        max_size=40,
    )
)
def test_fillers_never_overlap_and_stay_among_the_words(words: list[str]) -> None:
    end = 0
    for place in find_fillers(words):
        assert place.index >= end
        end = place.index + place.length
        assert end <= len(words)
