"""A gateway without a server: its webhooks are held, so they can be read and go nowhere."""

import pytest

from dev.sandbox.clock import Clock
from dev.sandbox.config import read_config
from dev.sandbox.deliveries import Policy, WebhookSender
from dev.sandbox.flutterwave.events import SHAPES
from dev.sandbox.flutterwave.gateway import Gateway
from dev.sandbox.journal import Journal


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make_gateway(clock):
    def make(*options):
        journal = Journal()
        webhooks = WebhookSender(
            vendor="flutterwave",
            policy=Policy(url="", secret_hash="", retry_s=0.0, timeout_s=1.0, hold=True),
            hash_header="verif-hash",
            shapes=SHAPES,
            journal=journal,
            clock=clock,
        )
        config = read_config(["--public-url", "https://pay.example", *options], {})
        return Gateway(config=config, clock=clock, journal=journal, webhooks=webhooks)

    return make


@pytest.fixture
def gateway(make_gateway):
    return make_gateway()


@pytest.fixture
def make_link(gateway):
    def make(gateway=gateway, **changed):
        wanted = {
            "tx_ref": "WLT-1",
            "amount_kobo": 7_500_00,
            "currency": "NGN",
            "redirect_url": "https://wallet.example/return",
            "customer": {"email": "ada@example.com", "name": "Ada Obi", "phone": None},
            "title": "PayFlow",
            "description": "",
            "meta": {"deposit_id": "8c1f"},
            "session_minutes": None,
            "max_attempts": None,
        }
        return gateway.create_link(**wanted | changed)

    return make


@pytest.fixture
def attempt(gateway):
    def make(link, status="successful", **changed):
        wanted = {
            "status": status,
            "payment_type": "card",
            "amount_kobo": link.amount_kobo,
            "currency": link.currency,
        }
        return gateway.attempt(link, **wanted | changed)

    return make


@pytest.fixture
def held_hooks(gateway):
    """The queued events as (name, reference), oldest first."""

    def read():
        queue = gateway.webhooks.shown()["queue"]
        return [(each["event"], each["reference"]) for each in queue]

    return read
