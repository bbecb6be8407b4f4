"""Sockets whose login session has ended, with a real client and a running server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

from dev.stack.addresses import ROOT
from tests.support.customer import PASSWORD
from tests.support.database import open_database
from tests.support.http_customer import HttpCustomer, Socket
from tests.support.site import Site

SIGNED_OUT = 4403


def change_password(site: Site, ada: HttpCustomer) -> None:
    body = {"old_password": PASSWORD, "new_password": "another fine horse 7"}
    assert ada.post("/auth/password", body).ok


def log_out(site: Site, ada: HttpCustomer) -> None:
    assert ada.post("/auth/logout", {"refresh_token": ada.refresh_token}).status_code == 204


def log_out_everywhere(site: Site, ada: HttpCustomer) -> None:
    assert ada.post("/auth/logout-everywhere").status_code == 204


def end_from_the_list(site: Site, ada: HttpCustomer) -> None:
    [own] = [s for s in ada.read("/auth/sessions")["results"] if s["current"]]
    assert ada.http.delete(f"{ada.api}/auth/sessions/{own['id']}").status_code == 204


def reuse_a_refresh_token(site: Site, ada: HttpCustomer) -> None:
    body = {"refresh_token": ada.refresh_token}
    assert [ada.post("/auth/refresh", body).status_code for _ in range(2)] == [200, 401]


def deactivate(site: Site, ada: HttpCustomer) -> None:
    """As the admin does: read, change, save."""
    program = (
        "from accounts.models import User\n"
        f"user = User.objects.get(email={ada.email!r})\n"
        "user.is_active = False\n"
        "user.save()"
    )
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", program],
        cwd=ROOT,
        env={**os.environ, **site.stack.environment},
        check=True,
        capture_output=True,
    )


def end_unannounced(site: Site, ada: HttpCustomer) -> None:
    """The message to the sockets was lost: only the database knows."""
    with open_database(site.stack) as database:
        database["accounts_user"].update_one({"email": ada.email}, {"$inc": {"session_version": 1}})


ENDS = [
    change_password,
    log_out,
    log_out_everywhere,
    end_from_the_list,
    reuse_a_refresh_token,
    deactivate,
]


@pytest.mark.parametrize("end", ENDS)
def test_the_end_of_a_session_closes_its_sockets_at_once(
    site: Site, end: Callable[[Site, HttpCustomer], None]
) -> None:
    """With a code of its own; a socket that joined nothing closes too. Other users' stay open."""
    ada, eve = site.new_customer(), site.new_customer()

    with ada.socket() as following, ada.socket() as idle, eve.socket() as other:
        following.ask({"all": True})
        end(site, ada)

        assert following.wait_for_close() == SIGNED_OUT
        assert idle.wait_for_close() == SIGNED_OUT
        assert other.is_silent()


@pytest.mark.parametrize("end", [log_out, reuse_a_refresh_token])
def test_the_sockets_of_the_users_other_sessions_stay_open(
    site: Site, end: Callable[[Site, HttpCustomer], None]
) -> None:
    """Logging out on one device ends nothing on another."""
    ada = site.new_customer()

    with ada.socket() as here:
        ada.log_in()
        with ada.socket() as there:
            end(site, ada)
            assert there.wait_for_close() == SIGNED_OUT
        assert here.is_silent()


def test_no_event_is_sent_after_a_lost_announcement(site: Site) -> None:
    """The socket looks before it sends: money moves, and it closes instead of telling."""
    ada = site.new_customer()
    funding = ada.fund()

    with ada.socket() as socket:
        socket.ask({"all": True})
        end_unannounced(site, ada)
        ada.pay(funding)

        assert socket.frames_until_close() == ([], SIGNED_OUT)


@pytest.mark.parametrize("joins_all", [True, False])
def test_nothing_is_joined_after_a_lost_announcement(site: Site, joins_all: bool) -> None:
    """Neither all transactions nor one whose reference is known."""
    ada = site.new_customer()
    reference = ada.fund()["tx_ref"]

    with ada.socket() as socket:
        end_unannounced(site, ada)
        socket.send({"all": True} if joins_all else {"tx_ref": reference})

        assert socket.frames_until_close() == ([], SIGNED_OUT)


def test_an_ended_token_opens_no_socket(site: Site) -> None:
    """It is not valid any more: 4401, as for any other such token."""
    ada = site.new_customer()
    log_out_everywhere(site, ada)

    with Socket(site.ws) as socket:
        socket.send({"token": ada.token})
        assert socket.wait_for_close() == 4401


def test_a_socket_follows_the_session_of_its_latest_token(site: Site) -> None:
    """The end of the session before it closes nothing."""
    ada = site.new_customer()
    first = ada.refresh_token

    with ada.socket() as socket:
        ada.log_in()
        assert socket.ask({"token": ada.token})["event"] == "ready"
        ada.post("/auth/logout", {"refresh_token": first})

        assert socket.is_silent()
