"""What every list and page of the admin shares: what staff may filter by, and act on."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.filters import SimpleListFilter
from django.http import HttpRequest


class StaffPage(admin.ModelAdmin):
    """The base of all our admin pages."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what the list's own filters offer; Django answers 400 to anything else.

        Django itself allows every lookup on every field of the model. Whoever sees the list could
        then read a hidden field, such as a password's hash, letter by letter:
        `?password__startswith=a` has a row or has none.
        """
        return lookup in {_parameter(each) for each in self.get_list_filter(request)}

    def response_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Act on the rows that were selected, and never on "all" rows, which nobody has seen."""
        chosen = request.POST.copy()
        chosen.pop(_ALL_ROWS, None)
        request.POST = chosen  # type: ignore[assignment]
        return super().response_action(request, *args, **kwargs)


# The field of Django's form that widens an action to every row behind the list.
_ALL_ROWS = "select_across"


def _parameter(list_filter: Any) -> str:
    """The query parameter of a list filter: the name of a field, or a filter of our own."""
    if isinstance(list_filter, str):
        return f"{list_filter}__exact"
    if isinstance(list_filter, type) and issubclass(list_filter, SimpleListFilter):
        return str(list_filter.parameter_name)
    raise TypeError(f"StaffPage does not know the query parameter of {list_filter!r}.")
