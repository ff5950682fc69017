"""Documents in the shape Polar gives them (its API of 2026-10)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peak_app.embedded.payments_sandbox.books import CHECKOUT_LIFE, Checkout, Order, Session, Subscription

ORGANIZATION_ID = "5a9d0c3e-7a54-4f8e-9b1f-0d5c2f6e1a00"
_OPENED = "2026-01-01T00:00:00Z"

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Product:
    """The one thing that is sold."""

    product_id: str
    name: str
    minutes: int
    price_cents: int
    currency: str


def product(sold: Product) -> Document:
    return {
        "id": sold.product_id,
        "created_at": _OPENED,
        "modified_at": None,
        "trial_interval": None,
        "trial_interval_count": None,
        "name": sold.name,
        "description": None,
        "visibility": "public",
        "recurring_interval": "month",
        "recurring_interval_count": 1,
        "meter_interval": None,
        "meter_interval_count": None,
        "is_recurring": True,
        "is_archived": False,
        "is_deletable": False,
        "organization_id": ORGANIZATION_ID,
        "metadata": {},
        "prices": [],
        "benefits": [],
        "medias": [],
        "attached_custom_fields": [],
    }


def customer(customer_id: str, external_id: str, created_at: datetime) -> Document:
    return {
        "id": customer_id,
        "created_at": _text(created_at),
        "modified_at": None,
        "metadata": {},
        "external_id": external_id,
        "email": f"{external_id}@sandbox.invalid",
        "email_verified": True,
        "type": "individual",
        "name": None,
        "billing_name": None,
        "billing_address": None,
        "tax_id": None,
        "locale": None,
        "organization_id": ORGANIZATION_ID,
        "default_payment_method_id": None,
        "deleted_at": None,
        "first_user_event_at": None,
        "avatar_url": None,
    }


def checkout(opened: Checkout, sold: Product, url: str, at: datetime) -> Document:
    nothing = (
        "modified_at", "embed_origin", "seats", "min_seats", "max_seats", "units", "min_units", "max_units",
        "tax_behavior",
        "allow_trial", "active_trial_interval", "active_trial_interval_count", "trial_end", "product_price_id",
        "discount_id", "customer_id", "customer_name", "customer_ip_address", "customer_billing_name",
        "customer_billing_address", "customer_tax_id", "locale", "payment_method_type", "trial_interval",
        "trial_interval_count", "product_price", "prices", "discount", "attached_custom_fields",
    )  # fmt: skip
    is_expired = opened.status == "open" and not opened.is_open(at)
    return {
        **dict.fromkeys(nothing),
        "id": opened.id,
        "created_at": _text(opened.created_at),
        "custom_field_data": {},
        "payment_processor": "stripe",
        "status": "expired" if is_expired else opened.status,
        "client_secret": opened.secret,
        "url": url,
        "expires_at": _text(opened.created_at + CHECKOUT_LIFE),
        "success_url": opened.success_url,
        "return_url": opened.return_url,
        "amount": sold.price_cents,
        "discount_amount": 0,
        "net_amount": sold.price_cents,
        "tax_amount": 0,
        "total_amount": sold.price_cents,
        "currency": sold.currency,
        "organization_id": ORGANIZATION_ID,
        "product_id": sold.product_id,
        "allow_discount_codes": False,
        "require_billing_address": False,
        "is_discount_applicable": False,
        "is_free_product_price": False,
        "is_payment_required": True,
        "is_payment_setup_required": True,
        "is_payment_form_required": True,
        "is_business_customer": False,
        "customer_email": opened.email or None,
        "payment_processor_metadata": {},
        "billing_address_fields": dict.fromkeys(
            ("country", "state", "city", "postal_code", "line1", "line2"), "disabled"
        ),
        "metadata": {},
        "customer_metadata": {},
        "external_customer_id": opened.external_id,
        "products": [product(sold)],
        "product": product(sold),
        "subscription_id": opened.subscription_id,
    }


def _plain_subscription(known: Subscription, sold: Product) -> Document:
    nothing = (
        "current_meter_period_start", "current_meter_period_end", "trial_start", "trial_end", "paused_at", "resumes_at",
        "discount_id", "seats", "units", "customer_cancellation_reason", "customer_cancellation_comment",
    )  # fmt: skip
    ends_at = known.ended_at or (known.period_end if known.cancel_at_period_end else None)
    return {
        **dict.fromkeys(nothing),
        "id": known.id,
        "created_at": _text(known.created_at),
        "modified_at": _text(known.modified_at),
        "amount": sold.price_cents,
        "currency": sold.currency,
        "recurring_interval": "month",
        "recurring_interval_count": 1,
        "status": known.status,
        "current_period_start": _text(known.period_start),
        "current_period_end": _text(known.period_end),
        "cancel_at_period_end": known.cancel_at_period_end,
        "canceled_at": _text(known.canceled_at) if known.canceled_at else None,
        "started_at": _text(known.created_at),
        "ends_at": _text(ends_at) if ends_at else None,
        "ended_at": _text(known.ended_at) if known.ended_at else None,
        "past_due_at": _text(known.past_due_at) if known.past_due_at else None,
        "pause_at_period_end": False,
        "customer_id": known.customer_id,
        "product_id": sold.product_id,
        "checkout_id": known.checkout_id,
        "metadata": {},
    }


def subscription(known: Subscription, sold: Product) -> Document:
    return {
        **_plain_subscription(known, sold),
        "custom_field_data": {},
        "customer": customer(known.customer_id, known.external_id, known.created_at),
        "product": product(sold),
        "discount": None,
        "prices": [],
        "meters": [],
        "pending_update": None,
    }


def order(made: Order, of: Subscription, sold: Product) -> Document:
    nothing = (
        "modified_at", "billing_name", "billing_address", "receipt_number", "seats", "units", "discount_id",
        "checkout_id", "next_payment_attempt_at", "platform_fee_currency", "discount",
    )  # fmt: skip
    amounts = (
        "discount_amount", "tax_amount", "applied_balance_amount", "refunded_amount", "refunded_tax_amount",
        "platform_fee_amount", "refundable_tax_amount",
    )  # fmt: skip
    return {
        **dict.fromkeys(nothing),
        **dict.fromkeys(amounts, 0),
        "id": made.id,
        "created_at": _text(made.created_at),
        "status": "paid" if made.is_paid else "pending",
        "paid": made.is_paid,
        "subtotal_amount": made.amount_cents,
        "net_amount": made.amount_cents,
        "total_amount": made.amount_cents,
        "due_amount": 0 if made.is_paid else made.amount_cents,
        "refundable_amount": made.amount_cents if made.is_paid else 0,
        "currency": made.currency,
        "billing_reason": made.reason,
        "invoice_number": made.number,
        "is_invoice_generated": False,
        "customer_id": made.customer_id,
        "product_id": sold.product_id,
        "subscription_id": made.subscription_id,
        "metadata": {},
        "custom_field_data": {},
        "customer": customer(made.customer_id, made.external_id, made.created_at),
        "product": product(sold),
        "subscription": _plain_subscription(of, sold),
        "items": [],
        "description": sold.name,
    }


def customer_session(opened: Session, of: Document, url: str, at: datetime) -> Document:
    return {
        "id": opened.token[:16],
        "created_at": _text(at),
        "modified_at": None,
        "token": opened.token,
        "expires_at": _text(opened.expires_at),
        "return_url": opened.return_url,
        "customer_portal_url": url,
        "customer_id": of["id"],
        "customer": of,
    }


def listing(items: list[Document], limit: int, page: int) -> Document:
    count = len(items)
    shown = items[(page - 1) * limit : page * limit]
    return {"items": shown, "pagination": {"total_count": count, "max_page": -(-count // limit)}}


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
