"""The user: a Django model in MongoDB, identified by an e-mail address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac

from accounts import roles
from accounts.emails import check_email, normalise_email
from accounts.passwords import hash_password, normalise_password, old_spellings
from accounts.signals import announce_signed_out
from payflow.kernel import clock

# A change of one of these may end all sessions of the user.
_GUARDED = ("password", "is_active")


class UserQuerySet(models.QuerySet["User"]):
    def update(self, **values: Any) -> int:
        """Like Django's; also raises the session version if it ends sessions, as save() does.

        Sockets are not told: they find out before they send anything.
        """
        if "password" in values or values.get("is_active", True) is not True:
            values["session_version"] = models.F("session_version") + 1
        return super().update(**values)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
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
    """A person. `email` is stored normalised; `role` decides what staff may see and do.

    `session_version` is part of every token, socket and admin session. It rises in the same write
    that changes the password or deactivates the user, so all of them end at that moment and stay
    ended after a reactivation.
    """

    email = models.EmailField(unique=True, max_length=254)
    # The address that the user has proved; another `email` has to be proved again.
    verified_email = models.CharField(max_length=254, blank=True, default="", editable=False)
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    role = models.CharField(
        max_length=16, choices=roles.Role.choices, default=roles.Role.CUSTOMER, db_index=True
    )
    is_active = models.BooleanField(default=True)
    session_version = models.IntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = UserManager()

    # What the database has of the guarded fields, as far as this copy knows.
    _stored: Mapping[str, Any] = {}

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

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        user = super().from_db(*args, **kwargs)
        user._remember_stored(_GUARDED)
        return user

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: Any = None,
    ) -> None:
        super().refresh_from_db(using=using, fields=fields, from_queryset=from_queryset)
        self._remember_stored(_GUARDED if fields is None else fields)

    def save(self, *, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Write the user; end all sessions if that changes the password or deactivates the user.

        A user that was read before the version rose never writes the old version back.
        """
        self.email = normalise_email(self.email)
        if self._state.adding:
            super().save(update_fields=update_fields, **kwargs)
            self._remember_stored(_GUARDED)
            return
        names = set(self._names_to_write() if update_fields is None else update_fields)
        names.discard("session_version")
        if self._ends_sessions(names):
            self.end_sessions(also_write=names, **kwargs)
        else:
            super().save(update_fields=names, **kwargs)
        self._remember_stored(names)

    def end_sessions(self, *, also_write: Iterable[str] = (), **kwargs: Any) -> None:
        """Raise the session version, in one write with the named fields."""
        self.session_version = models.F("session_version") + 1
        super().save(update_fields={"session_version", *also_write}, **kwargs)
        self.refresh_from_db(fields=["session_version"])
        announce_signed_out(self.pk)

    def _names_to_write(self) -> set[str]:
        """All fields that were read, but of the guarded ones only what this copy has changed."""
        fields = {field.name for field in self._meta.concrete_fields if not field.primary_key}
        unchanged = {name for name in _GUARDED if not self._has_changed(name)}
        return fields - self.get_deferred_fields() - unchanged

    def _remember_stored(self, names: Iterable[str]) -> None:
        """Note what the database has, so that save() sees what this copy changes."""
        known = {name: self.__dict__.get(name) for name in names if name in _GUARDED}
        self._stored = {**self._stored, **known}

    def _has_changed(self, name: str) -> bool:
        return bool(self.__dict__.get(name) != self._stored.get(name))

    def _ends_sessions(self, names: set[str]) -> bool:
        """Whether a write of these fields changes the password or deactivates the user."""
        changes_password = "password" in names and self._has_changed("password")
        deactivates = "is_active" in names and self._has_changed("is_active") and not self.is_active
        return changes_password or deactivates

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What the admin's session must know: changes with the password and with the version."""
        salt = "accounts.models.User._get_session_auth_hash"
        value = f"{self.session_version}:{self.password}"
        return salted_hmac(salt, value, secret=secret, algorithm="sha256").hexdigest()

    @property
    def is_email_verified(self) -> bool:
        return self.verified_email == self.email

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
