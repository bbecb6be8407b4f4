"""Roles, and the permissions of each.

Permissions are Django's strings ("app.action_model"), so the admin checks them without further
code. They are in the code and not in the database, so every change of them is reviewed.
"""

from __future__ import annotations

from django.db import models


class Role(models.TextChoices):
    CUSTOMER = "customer"
    SUPPORT = "support"
    FINANCE = "finance"
    ADMIN = "admin"


_VIEW = frozenset(
    {
        "accounts.view_user",
        "wallets.view_walletrow",
        "wallets.view_transactionrow",
        "wallets.view_ledgerentryrow",
        "wallets.view_webhookeventrow",
        "wallets.view_reviewcaserow",
        "wallets.view_reconciliationreportrow",
    }
)
_SUPPORT_ACTIONS = frozenset({"wallets.lock_wallet", "wallets.requery_transaction"})
_FINANCE_ACTIONS = _SUPPORT_ACTIONS | {"wallets.replay_event", "wallets.close_reviewcase"}
_USER_ADMINISTRATION = frozenset({"accounts.add_user", "accounts.change_user"})

PERMISSIONS: dict[str, frozenset[str]] = {
    Role.CUSTOMER: frozenset(),
    Role.SUPPORT: _VIEW | _SUPPORT_ACTIONS,
    Role.FINANCE: _VIEW | _FINANCE_ACTIONS,
    Role.ADMIN: _VIEW | _FINANCE_ACTIONS | _USER_ADMINISTRATION,
}


def has_permission(role: str, permission: str) -> bool:
    """True if the role has the permission. An unknown role has none."""
    return permission in PERMISSIONS.get(role, frozenset())


def has_app_permission(role: str, app_label: str) -> bool:
    """True if the role has any permission in the app. The admin's index page asks this."""
    return any(p.startswith(f"{app_label}.") for p in PERMISSIONS.get(role, frozenset()))
