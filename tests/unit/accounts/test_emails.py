"""One spelling for each e-mail address."""

import pytest
from django.core.exceptions import ValidationError

from accounts.emails import check_email, normalise_email


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("ada@example.com", "ada@example.com"),
        (" Ada.X@Example.COM ", "ada.x@example.com"),
        ("user@straße.de", "user@xn--strae-oqa.de"),
        ("user@STRASSE.de", "user@strasse.de"),
        ("user@MÜNCHEN.de", "user@xn--mnchen-3ya.de"),
        ("user@mu\u0308nchen.de", "user@xn--mnchen-3ya.de"),
        ("user@XN--MNCHEN-3YA.de", "user@xn--mnchen-3ya.de"),
        ("user@σας.gr", "user@xn--mxa8ab.gr"),
        ("user@ΣΑΣ.gr", "user@xn--mxa9ab.gr"),
        ("user@例え。jp", "user@xn--r8jz45g.jp"),
        ("a@b@example.com", "a@b@example.com"),
    ],
)
def test_an_address_is_stored_in_one_spelling(written: str, stored: str) -> None:
    """Lower case, and the domain as the DNS has it; to normalise again changes nothing."""
    assert normalise_email(written) == stored
    assert normalise_email(stored) == stored


def test_two_domains_stay_two() -> None:
    """`straße.de` and `strasse.de` belong to two owners."""
    assert normalise_email("user@straße.de") != normalise_email("user@strasse.de")


@pytest.mark.parametrize(
    "text", ["", "@", "Nobody", "a@", "A@exa mple.com", "a@\ud800.com", "a@-.com"]
)
def test_what_is_no_address_is_no_error_when_it_is_looked_up(text: str) -> None:
    """It comes back in lower case, and no user has it."""
    assert normalise_email(text) == text.lower()


@pytest.mark.parametrize(
    "text",
    ["a@", "a@-x.com", "a@xn--a.com", "a@exa_mple.com", "ſ@example.com", "a@" + "ü" * 60 + ".de",
     "a" * 64 + "@" + ".".join(["ü" * 30] * 6) + ".de"],
)  # fmt: skip
def test_an_address_that_no_mail_can_reach_is_refused(text: str) -> None:
    """Its domain has no form in the DNS, or is too long in it, or its name is not ASCII."""
    with pytest.raises(ValidationError):
        check_email(text)
