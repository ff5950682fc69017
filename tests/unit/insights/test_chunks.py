import pytest
from hypothesis import given
from hypothesis import strategies as st

from peak_app.domain.insights.chunks import CHUNK_CHARS, STRETCH_CHUNKS, chunks_of, excerpt, pieces_of
from peak_app.domain.insights.lines import Line


def line(number: int, text: str) -> Line:
    return Line(id=f"L{number}", speaker="agent", start_ms=0, end_ms=0, text=text)


def test_a_line_of_usual_length_is_one_piece():
    assert pieces_of("I went there. It was good!") == ["I went there. It was good!"]


def test_a_long_line_is_cut_where_its_sentences_end():
    sentence = "I thought about it for a while and then I did it."

    pieces = pieces_of(" ".join([sentence] * 40))

    assert len(pieces) == 4
    assert all(piece.endswith("did it.") for piece in pieces)


def test_chunks_are_counted_over_all_lines_and_silent_ones_have_none():
    chunks = chunks_of([line(1, "One."), line(2, "  "), line(3, "word " * 200)])

    assert [(chunk.line_id, chunk.place) for chunk in chunks] == [("L1", 0), ("L3", 1), ("L3", 2)]


def test_a_long_meeting_has_several_stretches():
    chunks = chunks_of([line(number, "Yes.") for number in range(STRETCH_CHUNKS + 1)])

    assert {chunk.stretch for chunk in chunks} == {0, 1}


@pytest.mark.parametrize("text", ["x" * 5_000, "語" * 5_000, "word " * 5_000, "a. " * 5_000, ""])
def test_no_piece_is_longer_than_an_embedding_reads(text: str):
    pieces = pieces_of(text)

    assert all(0 < len(piece) <= CHUNK_CHARS for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@given(st.text(max_size=3_000))
def test_no_word_is_lost(text: str):
    assert "".join("".join(pieces_of(text)).split()) == "".join(text.split())


TALE = " ".join(f"This is sentence number {number} of a tale that never ends." for number in range(100))


@pytest.mark.parametrize("number", [0, 50, 99])
def test_an_excerpt_is_what_was_found_with_what_was_said_around_it(number: int):
    found = next(piece for piece in pieces_of(TALE) if f" {number} " in piece)

    part = excerpt(TALE, found, 1_500)

    assert found in part
    assert part in TALE
    assert CHUNK_CHARS < len(part) <= 1_500
    assert part.startswith("This is")
    assert part.endswith("ends.")


def test_what_is_short_enough_stays_whole_and_what_was_not_found_begins_at_its_beginning():
    assert excerpt(TALE, "", len(TALE)) == TALE
    assert TALE.startswith(excerpt(TALE, "Nothing of it.", 1_000))


@given(st.text(max_size=3_000), st.integers(0, 5), st.integers(CHUNK_CHARS, 1_500))
def test_an_excerpt_stands_in_its_text(text: str, place: int, most: int):
    words = " ".join(text.split())
    found = dict(enumerate(pieces_of(words))).get(place, "")

    part = excerpt(words, found, most)

    assert part in words
    assert len(part) <= most
    assert found in part
