"""Sentences: for speaking, and as exact pieces for quoting."""

from hypothesis import given
from hypothesis import strategies as st

from peak_app.embedded.ai_server.gate import host_name
from peak_app.embedded.ai_server.reading.sentences import exchanges, question_in, sentences_of
from peak_app.embedded.ai_server.speech.synthesiser import split_sentences
from peak_app.ports.language import TextLine


@given(st.text(alphabet=st.sampled_from("ab .!?…\"'\n A"), max_size=80))
def test_spoken_sentences_join_to_the_text(text: str) -> None:
    assert " ".join(split_sentences(text)) == " ".join(text.split())


@given(st.text(alphabet=st.sampled_from("ab .!?…\"'\n A"), max_size=80))
def test_quoted_sentences_are_pieces_of_the_text(text: str) -> None:
    assert all(piece in text for piece in sentences_of(text))


def test_titles_and_initials_end_no_sentence() -> None:
    assert split_sentences("Ask Dr. Smith. He knows, e.g. about J. Doe.") == [
        "Ask Dr. Smith.",
        "He knows, e.g. about J. Doe.",
    ]


def test_a_question_is_found_among_other_sentences() -> None:
    assert (
        question_in("Thank you. Imagine a shop. How would you store it? Take your time.")
        == "Imagine a shop. How would you store it?"
    )
    assert question_in("Tell me about your last job.") == "Tell me about your last job."
    assert question_in("Thank you for practising with me today.") is None


def test_a_repeated_question_stays_one() -> None:
    texts = (
        ("agent", "Hello. Tell me about your last job."),
        ("candidate", "Pardon?"),
        ("agent", "Of course. Tell me about your last job."),
        ("candidate", "I was a cook."),
        ("agent", "Thanks. Why did you leave?"),
    )
    lines = [
        TextLine(id=str(index), speaker=speaker, start_ms=0, end_ms=0, text=text)  # pyright: ignore[reportArgumentType]
        for index, (speaker, text) in enumerate(texts)
    ]
    found = exchanges(lines)
    assert [exchange.question for exchange in found] == ["Tell me about your last job.", "Why did you leave?"]
    assert [line.id for line in found[0].answers] == ["1", "3"]


def test_the_host_is_read_from_its_header() -> None:
    assert host_name("localhost:3010") == "localhost"
    assert host_name("[::1]:3010") == "::1"
    assert host_name("127.0.0.1") == "127.0.0.1"
    assert host_name("Evil.example:80") == "evil.example"
