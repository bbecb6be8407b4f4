import pytest

from dev.sandbox.vtpass.codes import Refused
from dev.sandbox.vtpass.orders import read_order

AIRTIME = {"serviceID": "mtn", "amount": 500, "phone": "08031234567"}
DATA = {
    "serviceID": "mtn-data",
    "billersCode": "08031234567",
    "variation_code": "mtn-100mb-1000",
    "phone": "08099999999",
}

FOREIGN = {
    "serviceID": "foreign-airtime",
    "billersCode": "233241234567",
    "variation_code": "5-1-1000",
    "operator_id": "5",
    "country_code": "GH",
    "product_type_id": 1,
    "email": "ada@example.com",
    "phone": "08099999999",
}


@pytest.fixture
def read(account, clock):
    def make(body):
        now = clock.now()
        return read_order(
            {"request_id": f"{now:%Y%m%d}0000"} | body, account.catalogue, now=now.replace(hour=12)
        )

    return make


def test_airtime_goes_to_the_phone(read):
    """The recipient is the phone, and the amount is the one asked for."""
    order = read(AIRTIME)

    assert (order.recipient, order.variation_code) == ("08031234567", None)
    assert (order.amount_kobo, order.commission_kobo, order.total_kobo) == (500_00, 17_50, 482_50)


def test_data_goes_to_the_billers_code_at_the_price_of_its_plan(read):
    """The amount asked is ignored, whatever it is."""
    order = read(DATA | {"amount": "rubbish"})

    assert (order.recipient, order.variation_code) == ("08031234567", "mtn-100mb-1000")
    assert (order.amount_kobo, order.commission_kobo) == (1_000_00, 40_00)


def test_of_plans_that_share_a_code_the_first_is_sold(read):
    """mtn-xtratalk-300 is on the list for 300 and for 200."""
    assert read(DATA | {"variation_code": "mtn-xtratalk-300"}).amount_kobo == 300_00


def test_foreign_airtime_is_sold_by_plans(read):
    """An operator's plan has its price in naira, and goes to the billersCode."""
    order = read(FOREIGN)

    assert (order.recipient, order.amount_kobo) == ("233241234567", 1_000_00)


def test_foreign_airtime_without_a_fixed_price_is_sold_at_its_rate(read):
    """38.06 cedis at 131.37 naira: part of a kobo counts as a whole one."""
    order = read(FOREIGN | {"variation_code": "5-1-any", "amount": "38.06"})

    assert order.amount_kobo == 4_999_95


@pytest.mark.parametrize(
    ("amount", "code"), [(None, "011"), ("rubbish", "011"), ("0.99", "013"), ("500.01", "017")]
)
def test_foreign_airtime_without_a_fixed_price_has_bounds(read, amount, code):
    """1 and 500, in the country's money."""
    with pytest.raises(Refused) as refused:
        read(FOREIGN | {"variation_code": "5-1-any", "amount": amount})

    assert refused.value.code == code


def test_a_phone_may_be_a_number(read):
    """As a number it has lost its zero, and is taken as it came."""
    assert read(AIRTIME | {"phone": 8031234567}).recipient == "8031234567"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (AIRTIME | {"phone": None}, "011"),
        (AIRTIME | {"phone": "+2348031234567"}, "011"),
        (AIRTIME | {"phone": True}, "011"),
        (AIRTIME | {"amount": None}, "011"),
        (AIRTIME | {"amount": "1000.00000000"}, "011"),
        (AIRTIME | {"request_id": 202611030000}, "011"),
        (AIRTIME | {"request_id": ""}, "011"),
        (AIRTIME | {"serviceID": None}, "011"),
        (DATA | {"billersCode": None}, "011"),
        (DATA | {"variation_code": None}, "011"),
        (FOREIGN | {"operator_id": 5}, "011"),
        (FOREIGN | {"country_code": "KE"}, "011"),
        (FOREIGN | {"product_type_id": 2}, "011"),
        (FOREIGN | {"email": None}, "011"),
        (FOREIGN | {"variation_code": "21-1-1000"}, "010"),
        (AIRTIME | {"request_id": "199901010000"}, "085"),
        (AIRTIME | {"serviceID": "9mobile"}, "012"),
        (DATA | {"variation_code": "eti-100"}, "010"),
        (AIRTIME | {"amount": "49.99"}, "013"),
        (AIRTIME | {"amount": "200000.01"}, "017"),
    ],
)
def test_a_wrong_order_is_refused_with_its_code(read, wrong, code):
    """Each thing that is wrong has a code of its own."""
    with pytest.raises(Refused) as refused:
        read(wrong)

    assert refused.value.code == code


@pytest.mark.parametrize("amount", [50, 200_000])
def test_the_bounds_themselves_are_allowed(read, amount):
    """50 and 200,000 are the least and the most."""
    assert read(AIRTIME | {"amount": amount}).amount_kobo == amount * 100


def test_the_checks_come_in_their_order(read):
    """Of several things that are wrong the earlier check speaks."""
    old, unknown = {"request_id": "199901010000"}, {"serviceID": "unknown"}
    steps = [
        (AIRTIME | old | unknown | {"phone": None}, "011"),
        (AIRTIME | old | unknown, "085"),
        (AIRTIME | unknown | {"amount": 1}, "012"),
        (DATA | old | {"variation_code": "none"}, "085"),
        (DATA | {"variation_code": "none"}, "010"),
        (AIRTIME | old | {"amount": 1}, "085"),
        (AIRTIME | {"amount": 1}, "013"),
    ]

    codes = []
    for wrong, _ in steps:
        with pytest.raises(Refused) as refused:
            read(wrong)
        codes.append(refused.value.code)

    assert codes == [code for _, code in steps]
