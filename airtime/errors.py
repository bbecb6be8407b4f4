"""The foreseen outcomes of airtime and data.

PayflowError
├── AirtimeDisabled             no VTpass keys are configured
├── ServiceNotFound, VariationNotFound, PhoneInvalid, PurchaseIncomplete
├── CountryNotFound, ProductTypeNotFound, OperatorNotFound
├── VendorLowBalance            our float with the vendor is low
├── PurchaseRefused             the vendor will not sell this
└── PurchaseFailed              the vendor tried, and nothing was delivered
"""

from payflow.kernel.errors import PayflowError


class AirtimeDisabled(PayflowError):
    """No VTpass keys are configured; the rest of PayFlow works without them."""

    code = "airtime_disabled"
    default_message = "Airtime and data are not sold here."


class ServiceNotFound(PayflowError):
    """No service has this id."""

    code = "service_not_found"
    default_message = "There is no such service. See the list of services."


class VariationNotFound(PayflowError):
    """The service has no plan with this code, or none whose price is certain."""

    code = "variation_not_found"
    default_message = "There is no such plan. See the service's list of plans."


class CountryNotFound(PayflowError):
    """Nothing is sold for this country."""

    code = "country_not_found"
    default_message = "Nothing is sold for this country. See the list of countries."


class ProductTypeNotFound(PayflowError):
    """Nothing of this type is sold for the country."""

    code = "product_type_not_found"
    default_message = "There is no such product type. See the country's list of product types."


class OperatorNotFound(PayflowError):
    """The operator is unknown, sells nothing of this type, or belongs to another country."""

    code = "operator_not_found"
    default_message = "No such operator sells this. See the country's list of operators."


class PhoneInvalid(PayflowError):
    """The recipient is not a mobile number of the country."""

    code = "phone_invalid"
    default_message = "Give a Nigerian mobile number, such as 08031234567 or +2348031234567."


class PurchaseIncomplete(PayflowError):
    """The request does not say which airtime or data, or contradicts itself."""

    code = "purchase_incomplete"


class VendorLowBalance(PayflowError):
    """Our float with the vendor is low. Nothing was held."""

    code = "vendor_low_balance"
    default_message = "Airtime and data are sold out for the moment. Try again a little later."


class PurchaseRefused(PayflowError):
    """The vendor does not sell this; the money is back. Details hold the transaction."""

    code = "purchase_refused"
    default_message = "The purchase was refused. Your money is back in your wallet."


class PurchaseFailed(PayflowError):
    """Nothing was delivered; the money is back. Details hold the transaction."""

    code = "purchase_failed"
    default_message = "The network did not deliver. Your money is back in your wallet."
