"""The user: a Django model in MongoDB, identified by an e-mail address."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from accounts import roles
from accounts.emails import check_email, normalise_email
from accounts.passwords import hash_password, normalise_password, old_spellings
from payflow.kernel import clock


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=normalise_email(username or ""))

    def create_user(self, email: str, password: str, **fields: Any) -> User:
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str, **fields: Any) -> User:
        """Create an administrator. Called by `manage.py createsuperuser`."""
        return self.create_user(email, password, role=roles.Role.ADMIN, **fields)


class User(AbstractBaseUser):
    """A person. `email` is stored normalised; `role` decides what staff may see and do."""

    email = models.EmailField(unique=True, max_length=254)
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    role = models.CharField(
        max_length=16, choices=roles.Role.choices, default=roles.Role.CUSTOMER, db_index=True
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.email

    def clean(self) -> None:
        check_email(self.email)
        self.email = normalise_email(self.email)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = normalise_email(self.email)
        super().save(*args, **kwargs)

    def set_password(self, raw_password: str | None) -> None:
        raw = raw_password if raw_password is None else normalise_password(raw_password)
        super().set_password(raw)

    def check_password(self, raw_password: str | None) -> bool:
        """Whether the password is right, in any spelling of its accents."""
        if raw_password is None:
            return False
        if super().check_password(normalise_password(raw_password)):
            return True
        for spelling in old_spellings(raw_password):
            if super().check_password(spelling):
                self.password = hash_password(raw_password)
                self.save(update_fields=["password"])
                return True
        return False

    @property
    def is_staff(self) -> bool:
        """Staff may sign in to the admin; customers may not."""
        return self.is_active and self.role != roles.Role.CUSTOMER

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name or self.email

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and roles.has_permission(self.role, perm)

    def has_perms(self, perm_list: list[str], obj: object = None) -> bool:
        return all(self.has_perm(perm) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and roles.has_app_permission(self.role, app_label)
