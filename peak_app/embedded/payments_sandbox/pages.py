"""The pages of the sandbox: a checkout, and a portal. Each says in its first line that no money moves."""

from collections.abc import Sequence
from html import escape

from starlette.responses import HTMLResponse

from peak_app.embedded.payments_sandbox.books import Checkout, Order, Subscription
from peak_app.embedded.payments_sandbox.shapes import Product

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --soft: #60646c; --line: #d9d9e0; --paper: #fff; --ground: #f9f9fb;
  --accent: #5b5bd6; --warn: #fff7c2; --warn-ink: #4f3422; --warn-line: #e9c162; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --soft: #b0b4ba; --line: #363a3f; --paper: #18191b;
  --ground: #111113; --accent: #6e6ade; --warn: #302008; --warn-ink: #ffe7b3; --warn-line: #714f19; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100dvh; background: var(--ground); color: var(--ink);
  font: 16px/1.5 "Inter Variable", ui-sans-serif, system-ui, -apple-system, "Segoe UI", sans-serif; }
.sandbox { margin: 0; padding: .7rem 1.25rem; text-align: center; font-size: .92rem; font-weight: 600;
  color: var(--warn-ink); background: var(--warn); border-bottom: 1px solid var(--warn-line); text-wrap: balance; }
main { max-width: 30rem; margin: 0 auto; padding: 8vh 1.25rem 3rem; }
h1 { font-size: 1.55rem; letter-spacing: -.022em; line-height: 1.2; margin: 0 0 .5rem; text-wrap: balance; }
h2 { font-size: 1.05rem; margin: 0 0 .8rem; } p { color: var(--soft); margin: 0 0 1rem; text-wrap: pretty; }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 18px; padding: 1.6rem; }
section + section { margin-top: 1rem; }
.price { font-size: 2.4rem; font-weight: 700; letter-spacing: -.035em; color: var(--ink); margin: .4rem 0 0;
  font-variant-numeric: tabular-nums; }
.price small { font-size: 1rem; font-weight: 500; color: var(--soft); letter-spacing: 0; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .35rem 1.2rem; margin: 1.2rem 0; font-size: .95rem; }
dt { color: var(--soft); }
dd { margin: 0; text-align: right; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
form { display: block; flex: 1 1 12rem; }
form button { width: 100%; }
.actions { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; }
button { font: inherit; font-weight: 600; border-radius: 11px; padding: .65rem 1.15rem; cursor: pointer;
  min-height: 44px; color: var(--ink); background: transparent; border: 1px solid var(--line); }
button.main { color: #fff; background: var(--accent); border-color: var(--accent); }
button:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 8px; }
a { color: inherit; } .back { display: inline-block; margin-top: 1.2rem; color: var(--soft); }
table { width: 100%; border-collapse: collapse; font-size: .93rem; font-variant-numeric: tabular-nums; }
td, th { text-align: left; padding: .5rem .4rem .5rem 0; border-top: 1px solid var(--line); font-weight: 400; }
thead th { border: 0; color: var(--soft); } td:last-child, th:last-child { text-align: right; padding-right: 0; }
"""

SAID = {
    "active": "Active",
    "past_due": "Last payment failed",
    "canceled": "Ended",
}


def checkout_page(checkout: Checkout, sold: Product, *, is_declined: bool) -> HTMLResponse:
    declined = '<p role="alert"><b>The card was declined.</b> Nothing was bought. Try again, or go back.</p>'
    body = f"""
<section>
  <h1>{escape(sold.name)}</h1>
  <p>{sold.minutes} minutes of interviews in each calendar month. Cancel whenever you like.</p>
  <p class="price">{money(sold.price_cents, sold.currency)} <small>a month</small></p>
  <dl><dt>For</dt><dd>{escape(checkout.email)}</dd><dt>Card</dt><dd>a test card that pays nothing</dd></dl>
  {declined if is_declined else ""}
  <div class="actions">
    {_button("pay", "Subscribe without paying", is_main=True)}
    {_button("decline", "Let the card be declined")}
  </div>
</section>
<a class="back" href="{escape(checkout.return_url)}">Back without buying</a>"""
    return _page(f"Checkout: {sold.name}", body)


def portal_page(subscriptions: Sequence[Subscription], orders: Sequence[Order], return_url: str) -> HTMLResponse:
    cards = "".join(_subscription(each) for each in subscriptions) or "<section><p>No subscription.</p></section>"
    rows = "".join(
        f"<tr><th scope=row>{escape(order.number)}</th><td>{order.created_at:%-d %b %Y}</td>"
        f"<td>{'paid' if order.is_paid else 'open'}</td><td>{money(order.amount_cents, order.currency)}</td></tr>"
        for order in orders
    )
    table = (
        "<section><h2>Invoices</h2><table><thead><tr><th>Number</th><th>Date</th><th>State</th><th>Amount</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></section>"
        if rows
        else ""
    )
    body = (
        f'<h1>Your billing</h1>{cards}{table}<a class="back" href="{escape(return_url)}">Back to PeakInterviewsAI</a>'
    )
    return _page("Your billing", body)


def gone_page() -> HTMLResponse:
    text = "<section><h1>This link is over</h1><p>It was used, or is too old. Start on the billing page.</p></section>"
    return _page("This link is over", f'{text}<a class="back" href="/billing">Back to PeakInterviewsAI</a>', 404)


def money(cents: int, currency: str) -> str:
    return f"{cents / 100:,.2f} {escape(currency.upper())}"


def _subscription(known: Subscription) -> str:
    period = f"{known.period_start:%-d %b %Y} to {known.period_end:%-d %b %Y}"
    until = (
        f"Ends on {known.period_end:%-d %b %Y}"
        if known.cancel_at_period_end
        else f"Renews on {known.period_end:%-d %b %Y}"
    )
    buttons = []
    if not known.is_over:
        buttons.append(
            _button("keep", "Keep the subscription", known.id, is_main=True)
            if known.cancel_at_period_end
            else _button("cancel", "Cancel at the end of the period", known.id)
        )
        buttons.append(
            _button("recover", "Let the payment succeed", known.id, is_main=True)
            if known.status == "past_due"
            else _button("fail", "Let the next payment fail", known.id)
        )
        buttons.append(_button("renew", "Go to the next period", known.id))
        buttons.append(_button("revoke", "End it now", known.id))
    return (
        f"<section><h2>{SAID.get(known.status, escape(known.status))}</h2>"
        f"<dl><dt>Period</dt><dd>{period}</dd><dt>Then</dt><dd>{'nothing more' if known.is_over else until}</dd></dl>"
        f'<div class="actions">{"".join(buttons)}</div></section>'
    )


def _button(do: str, label: str, subscription_id: str = "", *, is_main: bool = False) -> str:
    look = ' class="main"' if is_main else ""
    return (
        f'<form method="post"><input type="hidden" name="do" value="{do}">'
        f'<input type="hidden" name="id" value="{escape(subscription_id)}"><button{look}>{label}</button></form>'
    )


def _page(title: str, body: str, status_code: int = 200) -> HTMLResponse:
    page = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="/favicon.svg" type="image/svg+xml">'
        f"<title>{escape(title)} (sandbox)</title><style>{_STYLE}</style></head><body>"
        '<p class="sandbox" role="note">Sandbox: no real checkout. No card is asked for, and no money moves.</p>'
        f"<main>{body}</main></body></html>"
    )
    return HTMLResponse(page, status_code, headers={"cache-control": "no-store"})
