import pytest

from dev.sandbox.flutterwave.gateway import STARTING_KOBO
from dev.sandbox.wire import Refusal


def test_a_new_link_has_no_transaction(gateway, make_link):
    """Until somebody tries to pay, the vendor knows no transaction under the tx_ref."""
    link = make_link()

    assert gateway.address(link).startswith("https://pay.example/flutterwave/checkout/flwlnk-")
    with pytest.raises(Refusal, match="No transaction was found for this id"):
        gateway.get_transaction_of("WLT-1")


def test_a_second_link_for_a_tx_ref_is_accepted_by_default(make_link):
    """Two links may share a tx_ref unless the sandbox was told otherwise."""
    assert make_link().id != make_link().id


def test_a_second_link_for_a_tx_ref_can_be_refused(make_gateway, make_link):
    """With the option set, the second link is refused and the first stays open."""
    gateway = make_gateway("--flutterwave-duplicate-tx-ref", "reject")
    first = make_link(gateway)

    with pytest.raises(Refusal):
        make_link(gateway)

    assert gateway.why_closed(first) is None


def test_the_successful_attempt_speaks_for_its_tx_ref(gateway, make_link, attempt):
    """By reference one gets the latest attempt, and the successful one as soon as there is one."""
    first, second = make_link(), make_link()
    attempt(first, "pending")
    failed = attempt(first, "failed")
    assert gateway.get_transaction_of("WLT-1") == failed

    paid = attempt(first, "successful")
    attempt(second, "failed")

    assert gateway.get_transaction_of("WLT-1") == paid


@pytest.mark.parametrize(("status", "hooks"), [("successful", 1), ("failed", 1), ("pending", 0)])
def test_an_attempt_is_told_once_it_has_ended(make_link, attempt, held_hooks, status, hooks):
    """Success and failure send charge.completed; a pending attempt sends nothing yet."""
    attempt(make_link(), status)

    assert held_hooks() == [("charge.completed", "WLT-1")] * hooks


@pytest.mark.parametrize(
    ("status", "later"),
    [("pending", "successful"), ("pending", "failed"), ("failed", "successful")],
)
def test_an_attempt_can_end_later(gateway, make_link, attempt, held_hooks, status, later):
    """Pending attempts settle and failed ones may flip to successful, with their event."""
    transaction = attempt(make_link(), status)
    told = len(held_hooks())

    gateway.settle(transaction, status=later)

    assert gateway.get_transaction(str(transaction.id)).status == later
    assert len(held_hooks()) == told + 1


@pytest.mark.parametrize(
    ("status", "later"),
    [("successful", "failed"), ("successful", "successful"), ("failed", "failed")],
)
def test_other_flips_are_refused(gateway, make_link, attempt, held_hooks, status, later):
    """A success is final and nothing ends twice the same way; nobody is told anything."""
    transaction = attempt(make_link(), status)
    told = held_hooks()

    with pytest.raises(Refusal) as refused:
        gateway.settle(transaction, status=later)

    assert refused.value.status == 409
    assert gateway.get_transaction(str(transaction.id)) == transaction
    assert held_hooks() == told


def test_a_paid_link_takes_no_other_attempt(gateway, make_link, attempt):
    """After a success the link refuses, and the refused attempt leaves no trace."""
    link = make_link()
    attempt(link)

    with pytest.raises(Refusal, match="This payment link is currently inactive"):
        attempt(link)

    assert gateway.why_closed(link) == "paid"
    assert len(gateway.transactions_of("WLT-1")) == 1


def test_an_expired_link_refuses_but_its_pending_attempt_settles(
    gateway, make_link, attempt, clock
):
    """The session ends new attempts; a bank may still confirm the one it already has."""
    link = make_link(session_minutes=30)
    pending = attempt(link, "pending")
    clock.advance(30 * 60 - 5)
    assert gateway.why_closed(link) is None

    clock.advance(5)

    assert gateway.why_closed(link) == "expired"
    with pytest.raises(Refusal):
        attempt(link)
    assert gateway.settle(pending, status="successful").status == "successful"


def test_a_link_has_only_so_many_attempts(gateway, make_link, attempt):
    """The attempt after the last allowed one is refused."""
    link = make_link(max_attempts=2)
    attempt(link, "failed")
    assert gateway.why_closed(link) is None
    attempt(link, "failed")

    with pytest.raises(Refusal):
        attempt(link)

    assert gateway.why_closed(link) == "exhausted"


def test_a_disabled_link_is_disabled_once(gateway, make_link, attempt):
    """Disabling closes the link; a second time, or an unknown link, is refused."""
    link = make_link()
    address = gateway.address(link)

    gateway.disable_link(address)

    for closed in (address, "https://pay.example/flutterwave/checkout/unknown"):
        with pytest.raises(Refusal, match="This payment link is currently inactive"):
            gateway.disable_link(closed)
    with pytest.raises(Refusal):
        attempt(gateway.find_link(link.id))


@pytest.mark.parametrize("given", ["1", "x", "", "²", "9" * 30])
def test_unknown_ids_are_the_vendors_not_found(gateway, given):
    """Whatever stands in the path, an unknown transaction is a 400 with the vendor's text."""
    with pytest.raises(Refusal, match="No transaction was found for this id") as refused:
        gateway.get_transaction(given)

    assert refused.value.status == 400
    assert gateway.find_refund(given) is None


def test_refunds_give_back_no_more_than_was_paid(gateway, make_link, attempt, held_hooks):
    """A part, then all the rest; after that there is nothing left to refund."""
    paid = attempt(make_link())

    part = gateway.refund(paid, amount_kobo=500_00, comments="")
    rest = gateway.refund(paid, amount_kobo=None, comments="")

    assert (part.amount_kobo, rest.amount_kobo) == (500_00, 7_000_00)
    for amount_kobo in (1, None):
        with pytest.raises(Refusal):
            gateway.refund(paid, amount_kobo=amount_kobo, comments="")
    assert held_hooks()[1:] == [("refund", "WLT-1")] * 2
    assert gateway.balances_kobo() == {"NGN": STARTING_KOBO - 105_00}


def test_only_successful_transactions_are_refunded(gateway, make_link, attempt):
    """A failed attempt took no money, so none is given back."""
    failed = attempt(make_link(), "failed")

    with pytest.raises(Refusal):
        gateway.refund(failed, amount_kobo=None, comments="")

    assert gateway.refunds_newest_first() == []


def test_balances_hold_what_came_in_less_fees(gateway, make_link, attempt):
    """Each currency counts its successful attempts less their fees; naira is always there."""
    assert gateway.balances_kobo() == {"NGN": STARTING_KOBO}
    link = make_link()
    attempt(link, "failed")
    attempt(link)
    attempt(make_link(), currency="USD", amount_kobo=100_00)

    assert gateway.balances_kobo() == {"NGN": STARTING_KOBO + 7_395_00, "USD": 98_60}
