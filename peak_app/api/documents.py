"""Small pages that the server writes itself: they must work before, beside and without the compiled ones."""

from html import escape

from starlette.responses import HTMLResponse

from peak_app.config import settings

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --line: #d9d9e0; --paper: #fff; --ground: #f9f9fb;
  --accent: #5b5bd6; --accent-ink: #fff; --accent-soft: #f0f1fe; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #b0b4ba; --line: #363a3f; --paper: #18191b;
  --ground: #111113; --accent: #6e6ade; --accent-soft: #20215a; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100dvh; background: var(--ground); color: var(--ink); line-height: 1.5;
  font: 16px/1.5 "Inter Variable", ui-sans-serif, system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 34rem; margin: 0 auto; padding: 12vh 1.25rem 3rem; }
main.wide { max-width: 46rem; padding-top: 3rem; }
h1 { font-size: 1.6rem; letter-spacing: -.022em; margin: 0 0 .4rem; text-wrap: balance; }
p { color: var(--soft); margin: 0 0 1rem; text-wrap: pretty; }
.brand { display: flex; align-items: center; gap: .6rem; font-weight: 700; margin-bottom: 1.6rem; color: inherit;
  text-decoration: none; }
.brand img { width: 32px; height: 32px; border-radius: 9px; }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 16px; padding: 1.5rem; }
.card + .card { margin-top: .9rem; }
label { display: block; font-weight: 600; font-size: .9rem; margin-bottom: .35rem; }
input { width: 100%; font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--line);
  border-radius: 10px; padding: .65rem .8rem; margin-bottom: 1rem; }
button, .button { display: inline-block; font: inherit; font-weight: 600; color: var(--accent-ink);
  text-decoration: none; background: var(--accent); border: 0; border-radius: 10px; padding: .65rem 1.3rem;
  cursor: pointer; }
button:focus-visible, a:focus-visible, input:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
[hidden] { display: none; }
.row { display: flex; flex-wrap: wrap; gap: .4rem 1.2rem; justify-content: space-between; align-items: baseline; }
.row strong { overflow-wrap: anywhere; }
time { color: var(--soft); font-size: .9rem; font-variant-numeric: tabular-nums; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; font-size: .92rem; color: var(--soft); }
summary { cursor: pointer; margin: .8rem 0; }
a { color: var(--accent); }
"""


def document(title: str, body: str, *, status_code: int = 200, is_wide: bool = False, script: str = "") -> HTMLResponse:
    """A whole page around `body`.

    Args:
        title: plain text.
        body: HTML; whoever builds it escapes what others wrote.
        script: path of a script file of ours; inline ones are refused by the content security policy.
    """
    script_tag = f'<script src="{escape(script)}" defer></script>' if script else ""
    width = ' class="wide"' if is_wide else ""
    page = (
        f'<!doctype html><html lang="{escape(settings().language)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · PeakInterviewsAI</title>"
        f'<link rel="icon" href="/favicon.svg" type="image/svg+xml"><style>{_STYLE}</style>{script_tag}</head>'
        f'<body><main{width}><a class="brand" href="/"><img src="/icon.svg" alt="" width="32" height="32">'
        f"PeakInterviewsAI</a>{body}</main></body></html>"
    )
    return HTMLResponse(page, status_code, headers={"cache-control": "no-store"})


def message_document(title: str, sentence: str, status_code: int) -> HTMLResponse:
    """A page that says one thing and offers the way back."""
    body = (
        f'<section class="card"><h1>{escape(title)}</h1><p>{escape(sentence)}</p>'
        f'<a class="button" href="/dashboard">Back to the dashboard</a></section>'
    )
    return document(title, body, status_code=status_code)


def onward_document(url: str, title: str, button: str) -> HTMLResponse:
    """A page that leads on by itself: the pages' policy lets no form be redirected elsewhere, and no script run."""
    body = (
        f'<section class="card"><h1>{escape(title)}</h1>'
        f'<a class="button" href="{escape(url)}" rel="noreferrer">{escape(button)}</a></section>'
    )
    answer = document(title, body)
    answer.headers["refresh"] = f"0; url={url}"
    return answer
