import pytest

from accounts.roles import PERMISSIONS, Role, has_app_permission, has_permission


def test_every_role_is_in_the_table() -> None:
    """A role without a line would be one that nobody reviewed."""
    assert set(PERMISSIONS) == set(Role)


def test_customers_may_do_nothing_in_the_admin() -> None:
    """A customer has no staff permission at all."""
    assert not PERMISSIONS[Role.CUSTOMER]
    assert not has_app_permission(Role.CUSTOMER, "wallets")


@pytest.mark.parametrize(
    ("role", "permission", "allowed"),
    [
        (Role.SUPPORT, "wallets.lock_wallet", True),
        (Role.SUPPORT, "wallets.replay_event", False),
        (Role.FINANCE, "wallets.replay_event", True),
        (Role.FINANCE, "accounts.change_user", False),
        (Role.ADMIN, "accounts.change_user", True),
        (Role.ADMIN, "wallets.change_ledgerentryrow", False),
        ("stranger", "accounts.view_user", False),
    ],
)
def test_who_may_do_what(role: str, permission: str, allowed: bool) -> None:
    """Nobody may edit the ledger, and only administrators change people."""
    assert has_permission(role, permission) is allowed
