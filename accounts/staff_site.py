"""The admin's site: wrong passwords count there as they do in the API."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth import authenticate
from django.contrib.auth.views import PasswordChangeView
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.sign_in import limit_failures
from payflow.api.throttles import AuthThrottle
from payflow.kernel.errors import RateLimited


class LimitedForm:
    """A form that checks a password. `refused` is set if a limit refused to try it."""

    refused: RateLimited | None = None
    request: Any

    def try_password(self, check: Any, *, email: str) -> Any:
        """What check() returns; None means wrong. Raises: ValidationError, at a limit."""
        try:
            AuthThrottle().check(self.request)
            return limit_failures(check, email=email, request=self.request)
        except RateLimited as exc:
            self.refused = exc
            raise ValidationError(exc.message, code=exc.code) from exc


class SignInForm(LimitedForm, AdminAuthenticationForm):
    """Takes staff only. A customer's right password counts as a wrong one."""

    def clean(self) -> dict[str, Any]:
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if email and password:
            self.user_cache = self.try_password(
                lambda: self._find_staff(email, password), email=email
            )
            if self.user_cache is None:
                raise self.get_invalid_login_error()
        return self.cleaned_data

    def _find_staff(self, email: str, password: str) -> Any:
        user: Any = authenticate(self.request, username=email, password=password)
        return user if user and user.is_staff else None


class OwnPasswordForm(LimitedForm, AdminPasswordChangeForm):
    """Staff change their own password. A wrong old one counts as a failed sign-in."""

    def clean_old_password(self) -> str:
        old = str(self.cleaned_data["old_password"])
        email = self.user.get_username()
        right = self.try_password(lambda: self.user.check_password(old) or None, email=email)
        if not right:
            raise ValidationError(
                self.error_messages["password_incorrect"], code="password_incorrect"
            )
        return old


class OwnPasswordView(PasswordChangeView):
    form_class = OwnPasswordForm

    def get_form(self, form_class: Any = None) -> Any:
        form: Any = super().get_form(form_class)
        form.request = self.request
        return form


class StaffSite(AdminSite):
    login_form = SignInForm

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return _say_limited(super().login(request, extra_context))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        request.current_app = self.name  # type: ignore[attr-defined]
        view = OwnPasswordView.as_view(
            success_url=reverse("admin:password_change_done", current_app=self.name),
            extra_context={**self.each_context(request), **(extra_context or {})},
        )
        return _say_limited(view(request))


def _say_limited(response: Any) -> Any:
    """429 and Retry-After on a page whose form was refused by a limit."""
    if isinstance(response, TemplateResponse) and response.context_data:
        refused = getattr(response.context_data.get("form"), "refused", None)
        if refused:
            response.status_code = 429
            response.headers["Retry-After"] = str(refused.retry_after_s)
    return response
