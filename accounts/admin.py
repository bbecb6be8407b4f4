"""Users in the admin: administrators add staff and change roles. Users cannot be deleted."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from accounts.emails import normalise_email
from accounts.models import User
from payflow.api.staff_pages import StaffPage


class UserCreation(BaseUserCreationForm):
    class Meta:
        model = User
        fields = ["email", "first_name", "last_name", "role"]


# Roles are in the code; groups would be a page that nobody may open.
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(StaffPage):
    list_display = ["email", "first_name", "last_name", "role", "is_active", "created_at"]
    list_filter = ["role", "is_active"]
    show_full_result_count = False
    search_fields = ["email"]
    fields = ["email", "first_name", "last_name", "phone", "role", "is_active", "created_at"]
    readonly_fields = ["created_at"]

    def get_form(
        self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[Any]]:
        if obj is None:
            kwargs["form"] = UserCreation
            kwargs["fields"] = None
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            names = ["email", "first_name", "last_name", "role", "password1", "password2"]
            return [(None, {"fields": names})]
        return super().get_fieldsets(request, obj)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        """Search by the whole e-mail address, so that its index serves the query."""
        term = normalise_email(search_term)
        return queryset.filter(email=term) if term else queryset, False

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False
