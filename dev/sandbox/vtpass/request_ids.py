"""What a request_id must look like. Source: docs/vendors/vtpass.md, section 3.1."""

from datetime import datetime, timedelta, timezone

from dev.sandbox.vtpass.codes import Refused

# UTC+1 all year.
LAGOS = timezone(timedelta(hours=1))

_DATE_DIGITS = 12
# Three texts with one code. Assumed: their exact words.
NO_DATE = "IMPROPER REQUEST ID: DOES NOT CONTAIN DATE"
BAD_DATE = (
    "IMPROPER REQUEST ID: IMPROPER DATE FORMAT - FIRST 8 CHARACTERS MUST BE DATE "
    "(TODAY'S DATE - YYYYMMDD)"
)
NOT_TODAY = (
    "IMPROPER REQUEST ID: NOT TODAY'S DATE - FIRST 8 CHARACTERS MUST BE TODAY'S DATE "
    "IN THIS FORMAT: YYYYMMDD"
)


def check_request_id(request_id: str, *, now: datetime) -> None:
    """Raises: Refused 085, in one of three texts.

    The stricter reading of the rules: the time must be there as well as the date, and what
    follows is letters and digits only.
    """
    head, tail = request_id[:_DATE_DIGITS], request_id[_DATE_DIGITS:]
    if len(request_id) < _DATE_DIGITS or not any(each in "0123456789" for each in head[:8]):
        raise Refused("085", NO_DATE)
    if not (head.isascii() and head.isdigit()):
        raise Refused("085", BAD_DATE)
    try:
        # Lagos time either way: only the date is compared.
        given = datetime.strptime(head, "%Y%m%d%H%M").replace(tzinfo=LAGOS)
    except ValueError as exc:
        raise Refused("085", BAD_DATE) from exc
    if tail and not (tail.isascii() and tail.isalnum()):
        raise Refused("085", BAD_DATE)
    if given.date() != now.astimezone(LAGOS).date():
        raise Refused("085", NOT_TODAY)
