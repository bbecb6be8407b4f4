"""Which answers may be kept by browsers and proxies."""

from django.http import HttpRequest, HttpResponse

from payflow.api.caching import NoStoreMiddleware


def header_after(response: HttpResponse) -> str:
    return str(NoStoreMiddleware(lambda _: response)(HttpRequest())["Cache-Control"])


def test_an_answer_is_not_stored_unless_its_view_says_so() -> None:
    """A header of the view, such as that of a static file, stays."""
    assert header_after(HttpResponse()) == "no-store"
    kept = HttpResponse(headers={"Cache-Control": "max-age=60, public"})
    assert header_after(kept) == "max-age=60, public"
