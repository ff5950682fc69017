"""The page of one meeting in an archive: what plays, summary, scorecard and transcript. Pure."""

from collections.abc import Iterator
from html import escape
from urllib.parse import quote

from peak_app.domain.archives.pages import MeetingFiles, page, shown
from peak_app.domain.exports.outline import Outline, Remark
from peak_app.i18n.catalogue import t


def meeting_page(outline: Outline, meeting: MeetingFiles) -> bytes:
    """Summary, scorecard and transcript of a meeting on one page, with what plays."""
    body = "".join(_meeting(outline, meeting))
    return page(outline.title, body)


def _meeting(outline: Outline, meeting: MeetingFiles) -> Iterator[str]:
    yield f'<p><a href="../../index.html">{escape(t("archive.title"))}</a></p>'
    yield f"<h1>{shown(outline.title)}</h1>"
    yield (
        "<ul>" + "".join(f"<li>{escape(fact.label)}: {shown(fact.values[0])}</li>" for fact in outline.facts) + "</ul>"
    )
    for notice in outline.notices:
        yield f"<p class=soft>{escape(notice)}</p>"
    folder = meeting.page.rpartition("/")[0]
    for path in meeting.media:
        name = path.removeprefix(f"{folder}/")
        if name == "recording.webm":
            yield f'<video controls preload="metadata" src="{escape(quote(name))}"></video>'
    if outline.summary or outline.notes:
        yield f'<h2 id="summary">{escape(t("tab.summary"))}</h2><p class=soft>{escape(outline.engine)}</p>'
    for part in outline.summary:
        yield f"<h3>{escape(part.title)}</h3><ul>{''.join(f'<li>{_remark(each)}</li>' for each in part.remarks)}</ul>"
    if outline.notes:
        yield f"<h3>{escape(t('summary.questions'))}</h3><ol>"
        for note in outline.notes:
            when = f"<span class=soft>{escape(note.stretch)}</span>"
            yield f"<li>{shown(note.question)} {when}<br>{shown(note.note)}</li>"
        yield "</ol>"
    if outline.scores:
        yield f'<h2 id="scorecard">{escape(t("tab.scorecard"))}</h2>'
        yield f"<p><b>{escape(outline.scores.mean)}</b> {escape(' '.join(outline.scores.about))}</p>"
        for criterion in outline.scores.criteria:
            yield f"<h3>{shown(criterion.name)}: {escape(criterion.score_text)}</h3>"
            yield "".join(f"<p>{shown(text)}</p>" for text in (criterion.level, criterion.remark) if text)
            yield "".join(f"<blockquote>{_remark(quoted)}</blockquote>" for quoted in criterion.quotes)
    if outline.delivery:
        rows = "".join(
            f"<tr><th scope=row>{escape(row.label)}</th>"
            f"<td>{escape(' '.join(row.values))}</td><td>{escape(row.what)}</td></tr>"
            for row in outline.delivery
        )
        yield f"<h2>{escape(t('export.delivery'))}</h2><div class=wide><table><tbody>{rows}</tbody></table></div>"
    if outline.transcript:
        yield f'<h2 id="transcript">{escape(t("tab.transcript"))}</h2>'
    for line in outline.transcript:
        unheard = f" <del>{shown(line.unheard)}</del>" if line.unheard else ""
        heard = f"<br><span class=soft>{escape(t('transcript.heard'))} {shown(line.heard)}</span>" if line.heard else ""
        said = f"{shown(line.text)}{unheard}{heard}"
        yield f"<p><b>{shown(line.speaker)}</b> <span class=soft>{line.place}</span><br>{said}</p>"


def _remark(remark: Remark) -> str:
    places = f" <span class=soft>({escape(', '.join(remark.places))})</span>" if remark.places else ""
    return f"{shown(remark.text)}{places}"
