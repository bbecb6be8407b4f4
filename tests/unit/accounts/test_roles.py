import pytest

from accounts.roles import PERMISSIONS, Role, may, may_in_app


def test_every_role_has_its_permissions_in_the_table() -> None:
    """A new role must be reviewed there."""
    assert set(PERMISSIONS) == set(Role)


def test_a_customer_has_no_staff_permission() -> None:
    """Not a single one."""
    assert not PERMISSIONS[Role.CUSTOMER]
    assert not may_in_app(Role.CUSTOMER, "wallets")


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
def test_the_permissions_of_each_role(role: str, permission: str, allowed: bool) -> None:
    """No role may edit the ledger, and only administrators may change users."""
    assert may(role, permission) is allowed
