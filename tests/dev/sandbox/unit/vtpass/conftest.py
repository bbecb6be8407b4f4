"""An account without a server: its callbacks are held, so they can be read and go nowhere."""

import itertools

import pytest

from dev.sandbox.clock import Clock
from dev.sandbox.deliveries import Policy, WebhookSender
from dev.sandbox.journal import Journal
from dev.sandbox.vtpass.account import Account
from dev.sandbox.vtpass.catalogue import SERVICES
from dev.sandbox.vtpass.events import SHAPES
from dev.sandbox.vtpass.orders import Order


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make_account(clock):
    def make(*, journal=None, float_kobo=1_000_000_00):
        journal = journal or Journal()
        webhooks = WebhookSender(
            vendor="vtpass",
            policy=Policy(
                url="", secret_hash="", retry_s=0.0, timeout_s=1.0, hold=True, shape=SHAPES[0]
            ),
            hash_header=None,
            shapes=SHAPES,
            journal=journal,
            clock=clock,
        )
        return Account(clock=clock, journal=journal, webhooks=webhooks, float_kobo=float_kobo)

    return make


@pytest.fixture
def account(make_account):
    return make_account()


@pytest.fixture
def make_order():
    """Orders that differ in their request_id."""
    numbers = itertools.count(1)

    def make(service_id="mtn", recipient="08011111111", naira=500, **changed):
        fields = {
            "request_id": f"202611031542{next(numbers):04d}",
            "service": SERVICES[service_id],
            "recipient": recipient,
            "variation_code": None,
            "amount_kobo": naira * 100,
        }
        return Order(**fields | changed)

    return make


@pytest.fixture
def change(account):
    """Change the account's policy."""

    def make(**wanted):
        account.policy = account.policy.changed(wanted)

    return make


@pytest.fixture
def held_callbacks(account):
    """The queued events as (name, reference), oldest first."""

    def read():
        queue = account.webhooks.shown()["queue"]
        return [(each["event"], each["reference"]) for each in queue]

    return read
