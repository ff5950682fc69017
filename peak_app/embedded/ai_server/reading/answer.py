"""Answers about meetings by finding the lines that hold them; nothing is put into other words."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from peak_app.embedded.ai_server.embedder import SentenceVectors
from peak_app.embedded.ai_server.reading.sentences import Exchange, Sentence, all_sentences, exchanges
from peak_app.i18n.words import count_words
from peak_app.ports.language import AskedLine, AskedText, Citation, Claim, MeetingAnswer

FOUND_SCORE = 0.42
"""Weakest sentence that counts as an answer; tuned on the questions in the tests."""
_CLOSE_TO_BEST = 0.82
_MEANING = 0.6
_FROM_QUESTION = 0.25
_MIN_WORDS = 3
_MAX_CITATIONS = 3
_MAX_LISTED = 10
_READ_SENTENCES = 5
"""So many are held against the question by themselves, of the lines that search found best: each costs milliseconds.
The others are as near as search found their line to be."""
_CANDIDATE_BONUS = 0.05
_NOT_FOUND = MeetingAnswer(found=False, claims=[])

_STOP_WORDS_TEXT = """
    a about all an and any are as at be been but by can could did do does done for from had has have he her him his how
    i if in into is it its just like me more my not of on or our out say said she should so some tell than that the
    their them then there these they this those to too up us was we were what when where which who whom why will with
    would you your yours mention mentioned mentions talk talked interview meeting candidate coach interviewer call
    answer answered anything something ever speak spoke explain explained
"""
_STOP_WORDS = frozenset(_STOP_WORDS_TEXT.split())
_WHO_ASKED = r"(?:the )?(?:coach|interviewer|agent|you|they|he|she|teacher|tutor|i (?:was|get|got))"
_QUESTIONS = re.compile(
    rf"\b(?:(?:what|which)(?: questions?)?(?: did| was| were)? (?:{_WHO_ASKED}) ?(?:first|last)? ?ask(?:ed)?"
    r"|(?:what|which) questions? (?:were|was|did|came|i was)\b|list (?:all )?(?:the )?questions"
    r"|(?:first|last|all|the) questions?\b)",
    re.IGNORECASE,
)
_COUNT = re.compile(r"\bhow many questions\b", re.IGNORECASE)
_LENGTH = re.compile(
    r"\bhow long (?:was|is|did|has) (?:the |this |our |my )?(?:interview|meeting|call|conversation|session)\b"
    r"|\bhow long did (?:we|it) (?:talk|last|take)\b",
    re.IGNORECASE,
)


async def answer(asked: AskedText, embedder: SentenceVectors) -> MeetingAnswer:
    """Answer by quoting; `found` is false when nothing fits well enough."""
    if not asked.question.strip() or not asked.lines:
        return _NOT_FOUND
    is_one = len(asked.meetings) == 1 and asked.meetings[0].is_whole
    ruled = _by_rule(asked.question, asked.lines) if is_one else None
    return ruled or await _by_search(asked, embedder)


def _by_rule(question: str, lines: Sequence[AskedLine]) -> MeetingAnswer | None:
    """Of one whole meeting: its length and its questions are counted, not searched."""
    if _LENGTH.search(question):
        first, last = lines[0], lines[-1]
        seconds = max(0, max(line.end_ms for line in lines) - min(line.start_ms for line in lines)) // 1000
        length = f"{seconds // 60} minutes and {seconds % 60} seconds" if seconds >= 60 else f"{seconds} seconds"
        citations = [Citation(line_id=line.id, quote=line.text) for line in (first, last) if line.text]
        return MeetingAnswer(
            found=True,
            claims=[Claim(citations=citations[:2], text=f"From the first to the last line there are {length}.")],
        )
    asked = exchanges(lines)
    if not asked or not (_QUESTIONS.search(question) or _COUNT.search(question)):
        return None
    lowered, said = question.lower(), {line.id: line.text for line in lines}
    if _COUNT.search(question):
        text = f"There are {len(asked)} questions" if len(asked) != 1 else "There is one question"
        citations = [_question(each, said) for each in asked[:_MAX_LISTED]]
        return MeetingAnswer(found=True, claims=[Claim(citations=citations, text=f"{text} in the transcript.")])
    shown, opening = asked[:_MAX_LISTED], "You were asked"
    if "first" in lowered.split() or "first?" in lowered.split():
        shown, opening = asked[:1], "The first question was"
    elif "last" in lowered.split() or "last?" in lowered.split():
        shown, opening = asked[-1:], "The last question was"
    elif re.search(r"\babout\b", lowered):
        # Asked about a subject: that is a search, not a list.
        return None
    return _asked(shown, opening, said)


def _asked(shown: Sequence[Exchange], opening: str, said: Mapping[str, str]) -> MeetingAnswer:
    claims = [
        Claim(
            citations=[_question(exchange, said)],
            text=f"{opening if number == 0 else 'Then'}: “{exchange.question}”",
        )
        for number, exchange in enumerate(shown)
    ]
    return MeetingAnswer(found=True, claims=claims)


def _question(exchange: Exchange, said: Mapping[str, str]) -> Citation:
    """The question; of one so short that it would show nothing, all of its line."""
    is_enough = count_words(exchange.question) >= _MIN_WORDS
    quote = exchange.question if is_enough else said[exchange.question_line_id]
    return Citation(line_id=exchange.question_line_id, quote=quote)


def _terms(text: str) -> list[str]:
    found = re.findall(r"[a-z0-9]+", text.lower().replace("\u2019", "'").replace("'", ""))
    return [_stem(word) for word in found if word not in _STOP_WORDS and len(word) > 1]


def _stem(word: str) -> str:
    for ending in ("ingly", "edly", "ing", "ies", "ied", "ed", "es", "ly", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            return word[: -len(ending)]
    return word


def _lexical(question: Sequence[str], sentence: Sequence[str], rarity: dict[str, float]) -> float:
    """Share of the question's rare words that the sentence has, 0 to 1."""
    total = sum(rarity.get(term, 1.0) for term in set(question))
    if not total:
        return 0.0
    shared = set(question) & set(sentence)
    return sum(rarity.get(term, 1.0) for term in shared) / total


async def _by_search(asked: AskedText, embedder: SentenceVectors) -> MeetingAnswer:
    sentences = [entry for entry in all_sentences(asked.lines) if entry.word_count >= _MIN_WORDS]
    if not sentences:
        return _NOT_FOUND
    spoken = [exchange for meeting in asked.meetings for exchange in exchanges(meeting.lines)]
    fits = await _scores(asked, sentences, spoken, embedder)
    scored = sorted(((score, index) for index, score in enumerate(fits)), key=lambda entry: (-entry[0], entry[1]))
    best = scored[0][0]
    if best < FOUND_SCORE:
        return _NOT_FOUND
    weakest = max(FOUND_SCORE, best * _CLOSE_TO_BEST)
    chosen = {index for score, index in scored[:_MAX_CITATIONS] if score >= weakest}
    for exchange in spoken:
        # Who finds the coach's question wants to know what was answered.
        answered = {line.id for line in exchange.answers}
        is_chosen = any(sentences[index].line_id == exchange.question_line_id for index in chosen)
        answering = [index for index, entry in enumerate(sentences) if entry.line_id in answered]
        if is_chosen and answering and not chosen & set(answering):
            chosen.add(max(answering, key=lambda index: fits[index]))
    return _quote([sentences[index] for index in sorted(chosen)])


def _read_closely(sentences: Sequence[Sentence], lines: Sequence[AskedLine]) -> list[int]:
    """Which sentences are worth the time it takes to understand them: all, or those of the lines found best."""
    ranks = {line.id: line.rank for line in lines if line.rank is not None}
    if not ranks:
        return list(range(len(sentences)))
    found = [index for index, entry in enumerate(sentences) if entry.line_id in ranks]
    return sorted(found, key=lambda index: (ranks[sentences[index].line_id], index))[:_READ_SENTENCES]


async def _scores(
    asked: AskedText, sentences: Sequence[Sentence], spoken: Sequence[Exchange], embedder: SentenceVectors
) -> list[float]:
    """How well each sentence answers, 0 to about 1: by meaning, by rare words, and by what it was an answer to."""
    wanted = _terms(asked.question)
    terms = [_terms(entry.text) for entry in sentences]
    frequency = Counter(term for entry in terms for term in set(entry))
    highest = math.log(1 + len(sentences))
    rarity = {term: math.log(1 + len(sentences) / count) / highest for term, count in frequency.items()}
    read = _read_closely(sentences, asked.lines)
    vectors = await embedder.embed([asked.question.strip(), *(sentences[index].text for index in read)])
    closeness = dict(zip(read, (vectors[1:] @ vectors[0]).tolist(), strict=True))
    likeness = {line.id: line.likeness or 0.0 for line in asked.lines}
    own = [
        _MEANING * closeness.get(index, likeness[sentences[index].line_id])
        + (1 - _MEANING) * _lexical(wanted, terms[index], rarity)
        for index in range(len(sentences))
    ]
    asked_score: dict[str, float] = {}
    for exchange in spoken:
        of_question = [
            own[index]
            for index, entry in enumerate(sentences)
            if entry.line_id == exchange.question_line_id and entry.text in exchange.question
        ]
        for line in exchange.answers:
            asked_score[line.id] = max(of_question, default=0.0)
    return [
        score + _CANDIDATE_BONUS + _FROM_QUESTION * asked_score.get(entry.line_id, 0.0)
        if entry.speaker == "candidate"
        else score
        for score, entry in zip(own, sentences, strict=True)
    ]


def _quote(sentences: Sequence[Sentence]) -> MeetingAnswer:
    claims: list[Claim] = []
    previous: str | None = None
    for entry in sentences:
        who = "You said" if entry.speaker == "candidate" else "You were asked or told"
        opening = who if entry.speaker != previous else "And"
        claims.append(
            Claim(citations=[Citation(line_id=entry.line_id, quote=entry.text)], text=f"{opening}: “{entry.text}”")
        )
        previous = entry.speaker
    return MeetingAnswer(found=True, claims=claims)
