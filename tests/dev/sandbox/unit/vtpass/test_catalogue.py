import pytest

from dev.sandbox.vtpass.catalogue import AIRTIME, DATA, get_service, price_kobo, services_of
from dev.sandbox.vtpass.codes import Refused


def test_the_networks_have_the_vendors_names():
    """9mobile still sells its airtime as etisalat, and foreign airtime is on the list."""
    assert [each.id for each in services_of(AIRTIME)] == [
        "mtn", "glo", "airtel", "etisalat", "foreign-airtime",
    ]  # fmt: skip
    assert [each.id for each in services_of(DATA)] == [
        "mtn-data", "glo-data", "glo-sme-data", "airtel-data", "etisalat-data",
        "9mobile-sme-data", "smile-direct", "spectranet",
    ]  # fmt: skip


def test_what_is_not_sold_does_not_exist():
    """A name that only looks right is none."""
    with pytest.raises(Refused) as refused:
        get_service("9mobile")

    assert refused.value.code == "012"


def test_plans_can_be_added_repriced_and_removed(account):
    """Every plan of a code changes; the others stay as they were, and new ones come last."""
    catalogue = account.catalogue
    before = catalogue.plans("mtn-data")

    catalogue.change(
        "mtn-data",
        added=[{"variation_code": "new", "name": "New", "amount_kobo": 5_00}],
        updated=[{"variation_code": "mtn-xtratalk-300", "amount_kobo": 310_00}],
        removed=["mtn-10mb-100"],
    )

    after = catalogue.plans("mtn-data")
    assert [each["variation_code"] for each in after] == [
        *(each["variation_code"] for each in before[1:]),
        "new",
    ]
    assert price_kobo(after, "mtn-50mb-200") == 200_00
    same_code = [each for each in after if each["variation_code"] == "mtn-xtratalk-300"]
    assert [each["amount_kobo"] for each in same_code] == [310_00, 310_00]
    with pytest.raises(Refused):
        price_kobo(after, "mtn-10mb-100")
