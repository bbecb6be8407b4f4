"""The wallet socket, with a real client against the running server."""

import time
from typing import Any

import pytest

from tests.support.http_customer import Socket
from tests.support.site import Site
from tests.support.waiting import eventually


def forged(stack: Any, **claims: Any) -> str:
    """A token made with the running server's own key."""
    import jwt
    from django.conf import settings

    return jwt.encode(claims, settings.SIMPLE_JWT["SIGNING_KEY"], algorithm="HS256")


# --- Signing in -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/ws/wallet", "/api/v1/ws/wallet"])
@pytest.mark.parametrize("way", ["header", "subprotocol", "message"])
def test_a_token_may_come_three_ways_at_two_addresses(site: Site, way: str, path: str) -> None:
    """Header, subprotocol and first message sign in alike; the URL carries nothing."""
    ada = site.new_customer()
    options: dict[str, Any] = {}
    if way == "header":
        options["additional_headers"] = {"Authorization": f"Bearer {ada.token}"}
    if way == "subprotocol":
        options["subprotocols"] = ["payflow.jwt", ada.token]

    with Socket(site.ws.replace("/ws/wallet", path), **options) as socket:
        if way == "message":
            socket.send({"token": ada.token})
        assert socket.receive()["event"] == "ready"
        if way == "subprotocol":
            assert socket.connection.subprotocol == "payflow.jwt"


@pytest.mark.parametrize("token", ["nonsense", "", None, 7])
def test_a_bad_token_closes_with_its_code(site: Site, token: object) -> None:
    """4401: the token is not valid."""
    with Socket(site.ws) as socket:
        socket.send({"token": token})
        assert socket.wait_for_close() == 4401


def test_nothing_can_be_joined_before_signing_in(site: Site) -> None:
    """A message without a token is the end of an unknown client."""
    with Socket(site.ws) as socket:
        socket.send({"all": True})
        assert socket.wait_for_close() == 4401


def test_an_expired_token_has_a_code_of_its_own(site: Site, live: Any) -> None:
    """4410 tells a client to refresh and come back, also when it expires while in use."""
    ada = site.new_customer()
    import jwt

    claims = jwt.decode(ada.token, options={"verify_signature": False})
    over = forged(live, **{**claims, "exp": int(time.time()) - 5})
    soon = forged(live, **{**claims, "exp": int(time.time()) + 2})

    with Socket(site.ws) as socket:
        socket.send({"token": over})
        assert socket.wait_for_close() == 4410
    with Socket(site.ws) as socket:
        assert socket.ask({"token": soon})["event"] == "ready"
        assert socket.wait_for_close() == 4410


def test_a_fresh_token_prolongs_a_socket(site: Site, live: Any) -> None:
    """A client may stay by signing in again, as itself only."""
    ada, eve = site.new_customer(), site.new_customer()

    with ada.socket() as socket:
        assert socket.ask({"token": ada.token})["event"] == "ready"
        socket.send({"token": eve.token})
        assert socket.wait_for_close() == 4401


# --- Following --------------------------------------------------------------------------------


def test_the_state_at_joining_is_sent_at_once(site: Site) -> None:
    """What happened before the join is not missed."""
    ada = site.new_customer()
    funding = ada.fund()
    ada.pay(funding)
    ada.wait_for(funding["tx_ref"], "SUCCESS")

    with ada.socket() as socket:
        joined = socket.join(funding["tx_ref"])
        state = socket.receive()

        assert joined["seq"] == state["seq"] == 2
        assert set(state) == {
            "event",
            "reference",
            "seq",
            "type",
            "status",
            "amount",
            "currency",
            "reason",
            "balance",
            "time",
        }
        assert socket.is_silent()


def test_who_resumes_gets_what_was_missed_once_and_in_order(site: Site) -> None:
    """After a lost connection, `after` brings exactly the events behind it."""
    ada = site.new_customer()
    funding = ada.fund()

    def latest() -> int:
        with ada.socket() as socket:
            return socket.join(funding["tx_ref"])["seq"]

    ada.pay(funding, "failed")
    # Two webhooks may overtake each other, and a failure that is heard late adds no event.
    eventually(lambda: latest() == 2)
    ada.pay(funding)
    ada.wait_for(funding["tx_ref"], "SUCCESS")

    def missed(after: int) -> list[int]:
        with ada.socket() as socket:
            total = socket.join(funding["tx_ref"], after=after)["seq"]
            seqs = [socket.receive()["seq"] for _ in range(after, total)]
            assert socket.is_silent()
            return seqs

    assert missed(0) == [1, 2, 3]
    assert missed(1) == [2, 3]
    assert missed(3) == []


def test_an_after_from_the_future_is_taken_as_now(site: Site) -> None:
    """A client that claims to have seen more than there is still gets the next event."""
    ada = site.new_customer()
    funding = ada.fund()

    with ada.socket() as socket:
        assert socket.join(funding["tx_ref"], after=99)["seq"] == 1
        ada.pay(funding)
        assert socket.receive()["seq"] == 2


def test_anothers_reference_does_not_exist(site: Site) -> None:
    """Joining what is not one's own is refused, and nothing of it is ever sent."""
    ada, eve = site.new_customer(), site.new_customer()
    funding = ada.fund()

    with eve.socket() as socket:
        refused = socket.ask({"tx_ref": funding["tx_ref"]})
        ada.pay(funding)
        ada.wait_for(funding["tx_ref"], "SUCCESS")

        assert refused["error"]["code"] == "transaction_not_found"
        assert refused["tx_ref"] == funding["tx_ref"]
        assert socket.is_silent()


def test_all_brings_every_own_transaction_and_nobody_elses(site: Site) -> None:
    """One message follows everything of one's own, from its beginning."""
    ada, eve = site.new_customer(), site.new_customer()

    with ada.socket() as socket:
        assert socket.ask({"all": True}) == {"event": "joined", "all": True}
        eve.pay(eve.fund())
        one = ada.fund()
        ada.pay(one)
        seen = [socket.receive() for _ in range(2)]

        assert [(e["reference"], e["seq"]) for e in seen] == [
            (one["tx_ref"], 1),
            (one["tx_ref"], 2),
        ]
        assert socket.is_silent()


def test_a_reference_joined_twice_over_is_told_once(site: Site) -> None:
    """Following one's all and one reference besides sends no event twice."""
    ada = site.new_customer()
    funding = ada.fund()

    with ada.socket() as socket:
        socket.ask({"all": True})
        socket.join(funding["tx_ref"])
        socket.receive()
        ada.pay(funding)

        assert socket.receive()["seq"] == 2
        assert socket.is_silent()


def test_several_references_on_one_socket_and_leaving_one(site: Site) -> None:
    """After leaving a reference its events stay away; the other's still come."""
    ada = site.new_customer()
    left, kept = ada.fund(), ada.fund()

    with ada.socket() as socket:
        for funding in (left, kept):
            socket.join(funding["tx_ref"])
            socket.receive()
        assert socket.ask({"leave": left["tx_ref"]}) == {"event": "left", "tx_ref": left["tx_ref"]}
        ada.pay(left)
        ada.wait_for(left["tx_ref"], "SUCCESS")
        ada.pay(kept)

        assert socket.receive()["reference"] == kept["tx_ref"]
        assert socket.is_silent()


@pytest.mark.parametrize(
    "frame",
    [
        "{",
        "7",
        "[]",
        "{}",
        b"\x00\x01",
        '{"tx_ref": 7}',
        '{"tx_ref": "x", "after": -1}',
        '{"tx_ref": "x", "after": true}',
        '{"tx_ref": "x", "after": "2"}',
        '{"all": false}',
        '{"leave": "x"}',
        '{"tx_ref": "' + "x" * 9000 + '"}',
        "[" * 3000,
    ],
)
def test_a_bad_message_gets_an_error_and_the_socket_lives(site: Site, frame: str | bytes) -> None:
    """Whatever is sent, the answer is an error frame and the next message is heard."""
    with site.new_customer().socket() as socket:
        answer = socket.ask(frame)

        assert answer["event"] == "error"
        assert answer["error"]["code"] in {"bad_message", "transaction_not_found"}
        assert answer["error"]["message"]
        assert socket.is_silent()


def test_a_socket_follows_a_bounded_number_of_references(site: Site) -> None:
    """The fifty-first reference is refused; the rest go on."""
    ada = site.new_customer()
    references = [ada.fund("100")["tx_ref"] for _ in range(51)]

    with ada.socket() as socket:
        for reference in references[:50]:
            socket.join(reference)
            socket.receive()
        refused = socket.ask({"tx_ref": references[50]})
        again = socket.ask({"tx_ref": references[0]})

    assert refused["error"]["code"] == "bad_message"
    assert again["event"] == "joined"
