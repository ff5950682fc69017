"""Pages of an archive, to be read in any browser without the product: no scripts, nothing loaded, every word as text.

Pure. Addresses within the archive are relative.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from html import escape
from urllib.parse import quote

from peak_app.domain.archives.repository import MeetingEntry
from peak_app.domain.exports.moments import day_and_time
from peak_app.i18n.catalogue import section, t

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c;
  --line: #d9d9e0; --paper: #fff; --ground: #f9f9fb; --accent: #5151cd; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #edeef0; --soft: #b0b4ba; --line: #363a3f; --paper: #18191b; --ground: #111113; --accent: #9e9eff; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground);
  color: var(--ink); font: 16px/1.6 ui-sans-serif, system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 52rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.2; letter-spacing: -.02em; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .2rem; }
p { margin: 0 0 .8rem; } .soft { color: var(--soft); } a { color: var(--accent); }
h1, h2, h3, p, li, td, th, dd { overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%;
  background: var(--paper); border: 1px solid var(--line); font-size: .95rem; }
th, td { text-align: start; vertical-align: top; padding: .55rem .7rem; border-top: 1px solid var(--line); }
thead th { border-top: 0; font-size: .85rem; color: var(--soft); }
.wide { overflow-x: auto; }
blockquote { margin: .3rem 0; padding-inline-start: .9rem; border-inline-start: 3px solid var(--line); }
video { width: 100%; max-height: 26rem; background: #000; } del { color: var(--soft); }
"""


@dataclass(slots=True)
class MeetingFiles:
    """What the archive has of a meeting, by paths from its root. `page` is empty when there are no results."""

    entry: MeetingEntry
    page: str = ""
    documents: dict[str, str] = field(default_factory=dict)
    """By what they are: transcript, summary, scorecard, subtitles, data."""
    media: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TableFiles:
    name: str
    rows: int


def page(title: str, body: str) -> bytes:
    """A whole page; `title` is plain text, `body` HTML."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; media-src * data:; img-src data:"
    return (
        f'<!doctype html>\n<html lang="{escape(t("language.code"))}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>{body}</main></body></html>\n"
    ).encode()


def _link(path: str, text: str) -> str:
    return f'<a href="{escape(quote(path))}">{escape(text)}</a>'


def shown(text: str) -> str:
    """What someone wrote, as text."""
    # In its own direction, whichever that is, and without turning what stands around it.
    return f'<bdi dir="auto">{escape(text)}</bdi>'


def index_page(
    *,
    about: Mapping[str, str],
    meetings: Sequence[MeetingFiles],
    tables: Sequence[TableFiles],
    files: Sequence[str],
    made_at: datetime,
    zone: tzinfo,
) -> bytes:
    """The way into the archive. `about` are labels and values of the person; `files` belong to no meeting."""
    facts = "".join(
        f"<tr><th scope=row>{escape(name)}</th><td>{shown(value)}</td></tr>" for name, value in about.items()
    )
    body = [
        f"<h1>{escape(t('archive.title'))}</h1>",
        f'<p class="soft">{escape(t("archive.made", at=day_and_time(made_at.astimezone(zone))))}</p>',
        f'<div class="wide"><table><tbody>{facts}</tbody></table></div>',
        f"<h2>{escape(t('archive.meetings'))}</h2>",
        _meetings(meetings, zone) if meetings else f"<p>{escape(t('archive.no_meetings'))}</p>",
        f"<h2>{escape(t('archive.files'))}</h2><ul>{''.join(f'<li>{_link(path, path)}</li>' for path in files)}</ul>"
        if files
        else "",
        f"<h2>{escape(t('archive.data'))}</h2><p>{escape(t('archive.data_text'))}</p>",
        _tables(tables),
        f"<h2>{escape(t('archive.left_out'))}</h2><p>{escape(t('archive.left_out_text'))}</p>",
    ]
    return page(t("archive.title"), "".join(body))


def _meetings(meetings: Iterable[MeetingFiles], zone: tzinfo) -> str:
    rows = "".join(_meeting_row(meeting, zone) for meeting in meetings)
    heads = "".join(f"<th scope=col>{escape(t(f'archive.head_{name}'))}</th>" for name in ("title", "when", "what"))
    return f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def _meeting_row(meeting: MeetingFiles, zone: tzinfo) -> str:
    title = shown(meeting.entry.title)
    if meeting.page:
        title = f'<a href="{escape(quote(meeting.page))}">{title}</a>'
    links = [
        f'<a href="{escape(quote(path, safe="/#"))}">{escape(t(f"archive.{name}"))}</a>'
        for name, path in meeting.documents.items()
    ]
    links += [_link(path, path.rpartition("/")[2]) for path in meeting.media]
    state = escape(t(f"status.{meeting.entry.status}"))
    when = escape(day_and_time(meeting.entry.held_at.astimezone(zone)))
    what = " · ".join(links) or escape(t("archive.nothing"))
    return f"<tr><td>{title}</td><td>{when}<br><span class=soft>{state}</span></td><td>{what}</td></tr>"


def _tables(tables: Iterable[TableFiles]) -> str:
    rows = "".join(
        f"<tr><th scope=row>{escape(_label(table.name))}</th><td>{table.rows:,}</td>"
        f"<td>{_link(f'data/{table.name}.json', 'JSON')} · {_link(f'data/{table.name}.csv', 'CSV')}</td></tr>"
        for table in tables
    )
    return f'<div class="wide"><table><tbody>{rows}</tbody></table></div>'


def _label(table: str) -> str:
    known = section("deletion.part")
    return known.get(table) or table.replace("_", " ").capitalize()
