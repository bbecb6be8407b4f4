import random

import pytest

from dev.sandbox.journal import Journal
from dev.sandbox.vtpass.codes import Refused


def refused_code(account, order):
    with pytest.raises(Refused) as refused:
        account.check(order)
    return refused.value.code


@pytest.mark.parametrize(
    ("recipient", "scenario"),
    [
        ("08011111111", "delivered"),
        ("201000000000", "pending"),
        ("500000000000", "unexpected"),
        ("400000000000", "no_answer"),
        ("300000000000", "timeout"),
        ("08030000000", "failed"),
        ("1212121212", "failed"),
    ],
)
def test_the_number_decides(account, make_order, recipient, scenario):
    """Five numbers have a scenario, and any other fails."""
    assert account.scenario(make_order(recipient=recipient)) == scenario


def test_spectranet_has_a_number_of_its_own(account, make_order):
    """1212121212 succeeds there, and there alone."""
    assert account.scenario(make_order("spectranet", "1212121212")) == "delivered"


def test_any_usual_number_can_be_delivered(account, make_order, change):
    """With deliver_any 11 digits are enough; scenarios and shorter numbers keep theirs."""
    change(deliver_any=True)

    recipients = ("08030000000", "8030000000", "201000000000")
    found = [account.scenario(make_order(recipient=each)) for each in recipients]

    assert found == ["delivered", "failed", "pending"]


def test_the_policy_may_choose_for_a_recipient(account, make_order, change):
    """Its word is before the number's."""
    change(outcomes={"08011111111": "failed"})

    assert account.scenario(make_order()) == "failed"


def test_a_request_id_is_used_once(account, make_order):
    """Whatever became of the first use, the second is refused and counted."""
    order = make_order()
    account.record(order, status="failed")

    assert refused_code(account, order) == "014"
    assert account.find(order.request_id).attempts == 2


def test_a_likely_duplicate_is_refused_and_remembered(account, make_order):
    """The same service, recipient and amount: its request_id is then used too."""
    account.record(make_order(), status="delivered")
    again = make_order()

    assert refused_code(account, again) == "019"
    assert account.find_rejection(again.request_id).code == "019"
    assert account.find(again.request_id) is None
    assert refused_code(account, again) == "014"


@pytest.mark.parametrize(
    "other", [{"service_id": "glo"}, {"recipient": "08030000000"}, {"naira": 501}]
)
def test_another_service_recipient_or_amount_is_no_duplicate(account, make_order, other):
    """All three must be the same."""
    account.record(make_order(), status="delivered")

    account.check(make_order(**other))


def test_the_window_of_duplicates_ends(account, make_order, clock):
    """After thirty seconds the same may be bought again."""
    account.record(make_order(), status="delivered")
    clock.advance(30)

    account.check(make_order())


def test_the_window_can_be_closed(account, make_order, change):
    """Of zero seconds, nothing is a duplicate."""
    change(duplicate_window_s=0)
    account.record(make_order(), status="delivered")

    account.check(make_order())


def test_the_float_must_cover_what_is_debited(make_account, make_order):
    """The amount less commission, to the kobo, is enough."""
    order = make_order()

    make_account(float_kobo=482_50).check(order)
    code = refused_code(make_account(float_kobo=482_49), order)

    assert code == "018"


def test_duplicates_are_told_before_a_low_float(make_account, make_order):
    """014 comes before 019, and 019 before 018."""
    account, first = make_account(float_kobo=0), make_order()
    account.record(first, status="delivered")

    assert refused_code(account, first) == "014"
    assert refused_code(account, make_order()) == "019"
    assert refused_code(account, make_order(naira=501)) == "018"


def test_a_pending_purchase_ends_when_it_is_due(account, make_order, change, clock, held_callbacks):
    """Not before its time; then as the policy had it when it was accepted, with its callback."""
    change(pending_s=60, pending_outcome="reversed")
    purchase = account.record(make_order(), status="pending")
    change(pending_s=None, pending_outcome="delivered")

    account.decide_due()
    assert account.find(purchase.id).status == "pending"
    clock.advance(60)
    account.decide_due()
    account.decide_due()

    assert account.find(purchase.id).status == "reversed"
    assert held_callbacks() == [("transaction-update", purchase.id)]


def test_without_a_time_a_pending_purchase_stays(account, make_order, clock):
    """Only a control ends it."""
    purchase = account.record(make_order(), status="pending")
    clock.advance(86_400)

    account.decide_due()

    assert account.find(purchase.id).status == "pending"


def test_what_was_decided_is_not_decided_again(account, make_order, change, clock):
    """A control that came first wins over the plan."""
    change(pending_s=1)
    purchase = account.record(make_order(), status="pending")
    account.decide(purchase, status="failed", callback=False)
    clock.advance(5)

    account.decide_due()

    assert account.find(purchase.id).status == "failed"


def test_a_decision_may_be_silent(account, make_order, held_callbacks):
    """Without the callback only a requery tells."""
    account.decide(
        account.record(make_order(), status="pending"), status="delivered", callback=False
    )

    assert held_callbacks() == []


def test_the_float_is_set_whatever_is_debited(account, make_order):
    """What a test sets is what is left; a later reversal comes on top of it."""
    purchase = account.record(make_order(), status="delivered")

    account.set_float(100_00)
    left = account.float_kobo()
    account.decide(purchase, status="reversed")

    assert (left, account.float_kobo()) == (100_00, 582_50)


def test_references_are_long_digits(account, make_order):
    """26 of them, another for every purchase."""
    first, second = (account.record(make_order(), status="delivered") for _ in range(2))

    assert first.transaction_id.isdigit()
    assert len(first.transaction_id) == 26
    assert first.transaction_id != second.transaction_id


@pytest.mark.parametrize("seed", range(5))
def test_the_float_always_agrees_with_the_books(make_account, make_order, seed):
    """After every step: first float = what is left + debits of what is pending or delivered."""
    random_one, account, steps = random.Random(seed), make_account(float_kobo=50_000_00), []
    account.policy = account.policy.changed({"duplicate_window_s": 0})
    statuses = ("pending", "delivered", "failed", "reversed")
    for _ in range(60):
        status = random_one.choice(statuses)
        if account.purchases() and random_one.random() < 0.4:
            chosen = random_one.choice(account.purchases())
            account.decide(chosen, status=status)
            steps.append((chosen.id, status))
        else:
            service_id = random_one.choice(("mtn", "glo", "mtn-data"))
            order = make_order(service_id, amount_kobo=random_one.randrange(50_00, 9_999_99))
            account.record(order, status=status)
            steps.append((order.request_id, order.amount_kobo, status))

        debited = sum(
            each.amount_kobo - each.commission_kobo
            for each in account.purchases()
            if each.status in ("pending", "delivered")
        )
        assert account.float_kobo() == 50_000_00 - debited, steps


def test_a_journal_brings_everything_back(make_account, make_order, tmp_path):
    """Purchases, rejections, the float and changed plans outlive a restart."""
    journal = Journal(str(tmp_path / "journal"))
    first = make_account(journal=journal)
    journal.open()
    purchase = first.record(make_order(), status="pending")
    duplicate = make_order()
    assert refused_code(first, duplicate) == "019"
    first.set_float(77_00)
    first.catalogue.change("spectranet", added=[], updated=[], removed=["vt-5000"])
    journal.close()

    journal = Journal(str(tmp_path / "journal"))
    second = make_account(journal=journal)
    journal.open()

    assert second.find(purchase.id) == purchase
    assert second.find_rejection(duplicate.request_id).code == "019"
    assert second.float_kobo() == 77_00
    assert [each["variation_code"] for each in second.catalogue.plans("spectranet")] == ["vt-1000"]
    assert refused_code(second, make_order()) == "019"
