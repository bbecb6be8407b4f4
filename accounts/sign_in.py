"""Limits on wrong passwords, the same for the API and the admin.

Each try is counted before the password is checked, so that simultaneous tries cannot pass a limit
together; a right password is then given back. Three limits hold, each in its own way:

- `sign_in`: one account from one address. A stranger elsewhere does not use it up for the owner.
- `sign_in_address`: one address, for all accounts that are tried from there.
- `sign_in_account`: one account from all addresses, against guesses that come from many. It does
  not concern an address from which the right password came lately, so the owner gets in.

While Redis is away nothing is limited: nobody could sign in otherwise.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from rest_framework.request import Request

from accounts.emails import normalise_email
from payflow.api.throttles import client_address, note_standing
from payflow.kernel.errors import RateLimited
from payflow.kernel.limits import Standing, give_back, take
from payflow.kernel.rates import parse_rate
from payflow.kernel.redis_client import call_unless_away

T = TypeVar("T")
logger = logging.getLogger(__name__)
# How long an address stays known after a right password.
_KNOWN_FOR_S = 30 * 86_400


def limit_failures(
    check: Callable[[], T | None], *, email: str, request: Request | HttpRequest
) -> T | None:
    """What check() returns. None means that the password was wrong: that counts as a failure.

    Raises: RateLimited, if a limit is used up; then check() is not called.
    """
    account, address = _digest(normalise_email(email)), client_address(request)
    place = _digest(f"{account} {address}")
    keys = {"sign_in": place, "sign_in_address": address}
    if not _is_known(place):
        keys["sign_in_account"] = account
    taken = _take_all(keys, request)
    failed = False
    try:
        found = check()
        failed = found is None
    finally:
        if not failed:  # also if check() raised: no password was proven wrong
            _give_back_all(list(taken))
    if failed:
        for standing in taken.values():
            note_standing(request, standing)
    else:
        _remember(place)
    return found


def _take_all(keys: dict[str, str], request: Request | HttpRequest) -> dict[str, Standing]:
    """Where each limit stands after this try, by its key. Raises: RateLimited."""
    taken: dict[str, Standing] = {}
    for scope, whom in keys.items():
        key, standing = f"{scope}:{whom}", _take(scope, whom)
        if standing is None:  # Redis is away: do not wait for it once more
            break
        if not standing.allowed:
            _give_back_all(list(taken))
            note_standing(request, standing)
            logger.warning(
                "the limit %s refuses a password from %s", scope, keys["sign_in_address"]
            )
            raise RateLimited(retry_after_s=standing.reset_s)
        taken[key] = standing
    return taken


def _take(scope: str, whom: str) -> Standing | None:
    rate = parse_rate(settings.RATE_LIMITS[scope])
    return call_unless_away(
        lambda: take(f"{scope}:{whom}", rate), otherwise=None, doing=f"counting the limit {scope}"
    )


def _give_back_all(keys: list[str]) -> None:
    for key in keys:
        call_unless_away(partial(give_back, key), otherwise=None, doing=f"undoing {key}")


def _is_known(place: str) -> bool:
    known = f"sign-in:{place}"
    return call_unless_away(
        lambda: known in cache, otherwise=False, doing="reading a known address"
    )


def _remember(place: str) -> None:
    call_unless_away(
        lambda: cache.set(f"sign-in:{place}", 1, timeout=_KNOWN_FOR_S),
        otherwise=None,
        doing="remembering an address",
    )


def _digest(text: str) -> str:
    """Short, and no e-mail address in Redis. Any text that JSON can carry has one."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
