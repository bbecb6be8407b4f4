"""Roles and what each may do, in one table that a reviewer can read.

Permissions are Django's own strings ("app.action_model"), so that the admin asks for them
by itself. They live in code, not in tables: a grant is a reviewed change, and no query joins.
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
    """Whether the role has the permission. An unknown role may do nothing."""
    return permission in PERMISSIONS.get(role, frozenset())


def has_app_permission(role: str, app_label: str) -> bool:
    """Whether the role may do anything at all in the app: the admin's index asks this."""
    return any(p.startswith(f"{app_label}.") for p in PERMISSIONS.get(role, frozenset()))
