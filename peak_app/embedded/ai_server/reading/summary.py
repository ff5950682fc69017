"""A summary made of the meeting's own words: chosen by centrality and rules, never written."""

from collections.abc import Sequence

import numpy as np

from peak_app.embedded.ai_server.coach.answer import SHORT_WORDS, has_result, words
from peak_app.embedded.ai_server.coach.wishes import find_wish
from peak_app.embedded.ai_server.embedder import SentenceVectors
from peak_app.embedded.ai_server.reading.evidence import (
    hedges,
    shows_number,
    shows_own_action,
    shows_reason,
    shows_result,
    step_count,
    weight,
)
from peak_app.embedded.ai_server.reading.sentences import (
    Exchange,
    Sentence,
    all_sentences,
    asks_for_story,
    exchanges,
    sentences_of,
)
from peak_app.ports.language import MOST_POINTS, CitedText, MeetingSummary, MeetingText, QuestionNote

_MAX_OVERVIEW = 5
_MIN_WORDS = 6
_MAX_SENTENCES = 400
_NO_ANSWER = "There is no answer to this in the transcript."


async def summarize(meeting: MeetingText, embedder: SentenceVectors) -> MeetingSummary:
    """Empty lists when the candidate said nothing."""
    said = [sentence for sentence in all_sentences(meeting.lines) if sentence.speaker == "candidate"]
    if not said:
        return MeetingSummary(overview=[], questions=[], strengths=[], next_steps=[])
    asked = exchanges(meeting.lines)
    return MeetingSummary(
        overview=await _overview(said, embedder),
        questions=[_note(exchange) for exchange in asked],
        strengths=_strengths(said, asked),
        next_steps=_next_steps(asked),
    )


async def _overview(said: Sequence[Sentence], embedder: SentenceVectors) -> list[CitedText]:
    pool = [entry for entry in said if entry.word_count >= _MIN_WORDS and find_wish(entry.text) is None]
    pool = sorted(pool, key=lambda entry: -entry.word_count)[:_MAX_SENTENCES]
    order = {id(entry): index for index, entry in enumerate(said)}
    pool.sort(key=lambda entry: order[id(entry)])
    if not pool:
        return []
    vectors = await embedder.embed([entry.text for entry in pool])
    closeness = vectors @ vectors.T
    centrality = closeness.mean(axis=1) + 0.03 * np.asarray([weight(entry.text) for entry in pool])
    wanted = min(_MAX_OVERVIEW, max(1, len(pool) // 4 + 1))
    chosen: list[int] = []
    while len(chosen) < wanted:
        # What repeats a chosen sentence adds nothing, however central it is.
        penalty = closeness[:, chosen].max(axis=1) if chosen else np.zeros(len(pool))
        score = centrality - 0.5 * penalty
        score[chosen] = -np.inf
        chosen.append(int(np.argmax(score)))
    return [CitedText(text=pool[index].text, line_ids=[pool[index].line_id]) for index in sorted(chosen)]


def _note(exchange: Exchange) -> QuestionNote:
    candidates = [(line.id, piece) for line in exchange.answers for piece in sentences_of(line.text)]
    asked = exchange.question_line_id
    if not candidates:
        return QuestionNote(
            question=exchange.question, note=_NO_ANSWER, line_ids=[asked], first_line_id=asked, last_line_id=asked
        )
    line_id, strongest = max(candidates, key=lambda entry: weight(entry[1]))
    return QuestionNote(
        question=exchange.question,
        note=strongest,
        line_ids=[asked, line_id],
        first_line_id=asked,
        last_line_id=exchange.answers[-1].id,
    )


def _strengths(said: Sequence[Sentence], asked: Sequence[Exchange]) -> list[CitedText]:
    found: list[CitedText] = []
    used: set[str] = set()
    for exchange in asked:
        text = exchange.answer_text
        if len(words(text)) >= 2 * SHORT_WORDS and step_count(text) >= 2:
            pieces = [(line.id, piece) for line in exchange.answers for piece in sentences_of(line.text)]
            own = next((entry for entry in pieces if shows_own_action(entry[1])), None)
            result = next((entry for entry in reversed(pieces) if shows_result(entry[1])), None)
            if own and result and own != result:
                sentence = f"You told what you did, “{own[1]}”, and what came of it: “{result[1]}”"
                found.append(CitedText(text=sentence, line_ids=list(dict.fromkeys([own[0], result[0]]))))
                used |= {own[1], result[1]}
                break
    rules = (
        ("You gave a number", shows_number),
        ("You named a result", shows_result),
        ("You said what you did yourself", shows_own_action),
        ("You gave a reason", shows_reason),
    )
    told = sorted((entry for entry in said if entry.word_count >= _MIN_WORDS), key=lambda entry: -weight(entry.text))
    # One of each kind before the second of any.
    for _ in range(2):
        for label, shows in rules:
            best = next((entry for entry in told if entry.text not in used and shows(entry.text)), None)
            if best is not None:
                used.add(best.text)
                found.append(CitedText(text=f"{label}: “{best.text}”", line_ids=[best.line_id]))
    return found[:MOST_POINTS]


def _next_steps(asked: Sequence[Exchange]) -> list[CitedText]:
    found: list[CitedText] = []
    for exchange in asked:
        if not exchange.answers:
            continue
        ids = [line.id for line in exchange.answers]
        step = _next_step(exchange)
        if step:
            # The question is quoted, so its line is among those it rests on.
            found.append(CitedText(text=step, line_ids=[exchange.question_line_id, *ids]))
    everything = " ".join(exchange.answer_text for exchange in asked)
    hedged = [(line.id, entry) for exchange in asked for line in exchange.answers for entry in hedges(line.text)]
    if len(hedged) >= 4 and len(hedged) * 40 >= len(words(everything)):
        examples = list(dict.fromkeys(entry.lower() for _, entry in hedged))[:2]
        named = " and ".join(f"“{entry}”" for entry in examples)
        ids = list(dict.fromkeys(line_id for line_id, _ in hedged))
        found.insert(
            0,
            CitedText(
                text=f"You hedged {len(hedged)} times, with {named}: say it plainly where you are sure.", line_ids=ids
            ),
        )
    # What is finer than that only where there is room for it.
    known = {line_id for step in found for line_id in step.line_ids}
    for exchange in asked:
        ids = [line.id for line in exchange.answers]
        step = _finer_step(exchange)
        if step and not known.intersection(ids):
            found.append(CitedText(text=step, line_ids=[exchange.question_line_id, *ids]))
    return found[:MOST_POINTS]


def _finer_step(exchange: Exchange) -> str | None:
    """What an answer that is long enough to judge could still have, by its words."""
    text, question = exchange.answer_text, exchange.question
    if len(words(text)) < SHORT_WORDS or find_wish(text) is not None:
        return None
    if not shows_number(text):
        return f"There was no number in your answer to “{question}”: say how many, how long or how much."
    if not shows_reason(text):
        return f"You did not give a reason in your answer to “{question}”: say why you did it that way."
    return None


def _next_step(exchange: Exchange) -> str | None:
    text, question = exchange.answer_text, exchange.question
    said = words(text)
    wish = find_wish(text)
    if wish in ("stuck", "skip"):
        return f"You left this question open: “{question}” Prepare an example for it."
    if wish is not None:
        return None
    own = sum(word in ("i", "i'm", "i've", "i'd", "my", "myself") for word in said)
    shared = sum(word in ("we", "we're", "we've", "we'd", "our", "us") for word in said)
    if len(said) < SHORT_WORDS // 2:
        return (
            f"Your answer to “{question}” had {len(said)} words: add what happened, what you did and what came of it."
        )
    if shared >= 3 and own * 3 < shared:
        return f"In your answer to “{question}” you said “we” {shared} times and “I” {own} times: name your own part."
    if asks_for_story(question) and len(said) >= SHORT_WORDS and not has_result(text):
        return f"You did not name a result in your answer to “{question}”: end with what came of it."
    return None
