"""The wallet socket, with a real client and a running server."""

import time
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.support.http_customer import Socket
from tests.support.site import Site
from tests.support.waiting import eventually


def forge_token(stack: Any, **claims: Any) -> str:
    """A token signed with the key of the running server."""
    import jwt
    from django.conf import settings

    from accounts.keys import key_id

    key = settings.SECRET_KEY
    return jwt.encode(claims, key, algorithm="HS256", headers={"kid": key_id(key)})


# --- Signing in -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/ws/wallet", "/api/v1/ws/wallet"])
@pytest.mark.parametrize("way", ["header", "subprotocol", "message"])
def test_a_token_is_accepted_in_three_places_at_two_addresses(
    site: Site, way: str, path: str
) -> None:
    """In a header, a subprotocol or the first message; never in the URL."""
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


@pytest.mark.parametrize(
    "path",
    ["/ws/wallet/", "/api/v1/ws/wallet/", "/ws", "/", "/ws/wallet/x", "/%ff", "/api/v1/health"],
)
def test_an_unknown_address_is_refused_at_the_handshake(site: Site, path: str) -> None:
    """It opens no socket, and leaves no traceback in the log. Behind nginx it is a 404."""
    log = site.stack.addresses.folder / "logs" / "web.log"
    before = len(log.read_bytes())

    with pytest.raises(InvalidStatus) as refused:
        Socket(site.ws.replace("/ws/wallet", path))

    assert refused.value.response.status_code == 403
    assert b"Traceback" not in log.read_bytes()[before:]


@pytest.mark.parametrize("token", ["nonsense", "", None, 7])
def test_an_invalid_token_closes_the_socket(site: Site, token: object) -> None:
    """With code 4401."""
    with Socket(site.ws) as socket:
        socket.send({"token": token})
        assert socket.wait_for_close() == 4401


def test_a_message_before_signing_in_closes_the_socket(site: Site) -> None:
    """With code 4401."""
    with Socket(site.ws) as socket:
        socket.send({"all": True})
        assert socket.wait_for_close() == 4401


def test_an_expired_token_closes_the_socket_with_another_code(site: Site, live: Any) -> None:
    """4410 asks the client to refresh, also when the token expires in use."""
    ada = site.new_customer()
    import jwt

    claims = jwt.decode(ada.token, options={"verify_signature": False})
    over = forge_token(live, **{**claims, "exp": int(time.time()) - 5})
    soon = forge_token(live, **{**claims, "exp": int(time.time()) + 2})

    with Socket(site.ws) as socket:
        socket.send({"token": over})
        assert socket.wait_for_close() == 4410
    with Socket(site.ws) as socket:
        assert socket.ask({"token": soon})["event"] == "ready"
        assert socket.wait_for_close() == 4410


def test_a_new_token_prolongs_the_socket(site: Site, live: Any) -> None:
    """Only a token of the same user."""
    ada, eve = site.new_customer(), site.new_customer()

    with ada.socket() as socket:
        assert socket.ask({"token": ada.token})["event"] == "ready"
        socket.send({"token": eve.token})
        assert socket.wait_for_close() == 4401


# --- Joining references -----------------------------------------------------------------------


def test_the_current_state_is_sent_at_joining(site: Site) -> None:
    """Events before the join are not missed."""
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
            "reversed",
            "balance",
            "time",
        }
        assert socket.is_silent()


def test_a_resumed_socket_gets_the_missed_events_once_and_in_order(site: Site) -> None:
    """`after` brings exactly the events after it."""
    ada = site.new_customer()
    funding = ada.fund()

    def latest() -> int:
        with ada.socket() as socket:
            return socket.join(funding["tx_ref"])["seq"]

    ada.pay(funding, "failed")
    # Two webhooks may overtake each other, and a late one of a failed attempt adds no event.
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


def test_an_after_beyond_the_last_event_means_now(site: Site) -> None:
    """The client still gets the next event."""
    ada = site.new_customer()
    funding = ada.fund()

    with ada.socket() as socket:
        assert socket.join(funding["tx_ref"], after=99)["seq"] == 1
        ada.pay(funding)
        assert socket.receive()["seq"] == 2


def test_the_reference_of_another_customer_cannot_be_joined(site: Site) -> None:
    """It is refused, and no event of it is sent."""
    ada, eve = site.new_customer(), site.new_customer()
    funding = ada.fund()

    with eve.socket() as socket:
        refused = socket.ask({"tx_ref": funding["tx_ref"]})
        ada.pay(funding)
        ada.wait_for(funding["tx_ref"], "SUCCESS")

        assert refused["error"]["code"] == "transaction_not_found"
        assert refused["tx_ref"] == funding["tx_ref"]
        assert socket.is_silent()


def test_all_brings_every_transaction_of_this_customer_only(site: Site) -> None:
    """Each from its first event."""
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


def test_a_change_after_the_end_is_sent_for_both_transactions(site: Site) -> None:
    """The funding that was refunded, and the REVERSAL that took the money."""
    ada = site.new_customer()
    funding = ada.fund("1500.00")
    payment_id = ada.pay(funding)
    assert payment_id is not None
    ada.wait_for(funding["tx_ref"], "SUCCESS")

    with ada.socket() as socket:
        assert socket.ask({"all": True}) == {"event": "joined", "all": True}
        site.vendor.refund(payment_id, "600")
        seen = sorted([socket.receive() for _ in range(2)], key=lambda event: event["type"])

        assert [(e["type"], e["status"], e["seq"], e["reversed"]) for e in seen] == [
            ("FUNDING", "SUCCESS", 3, "-600.00"),
            ("REVERSAL", "SUCCESS", 1, "0.00"),
        ]
        assert seen[0]["reference"] == funding["tx_ref"]
        assert {e["balance"] for e in seen} == {"900.00"}
        assert {e["reason"] for e in seen} == {"This payment was refunded to the payer."}
        assert socket.is_silent()


def test_a_reference_joined_twice_sends_each_event_once(site: Site) -> None:
    """By `all` and by its reference."""
    ada = site.new_customer()
    funding = ada.fund()

    with ada.socket() as socket:
        socket.ask({"all": True})
        socket.join(funding["tx_ref"])
        socket.receive()
        ada.pay(funding)

        assert socket.receive()["seq"] == 2
        assert socket.is_silent()


def test_a_left_reference_sends_no_more_events(site: Site) -> None:
    """The other references still do."""
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
        '{"token": "\\ud800"}',
        '{"tx_ref": "\\udfff"}',
        '{"\\ud800": 1, "ping": 1}',
        '{"ping": NaN}',
        '{"ping": [-Infinity]}',
        '{"ping": 1e999}',
        '{"ping": "\\ud800"}',
    ],
)
def test_a_bad_message_gets_an_error_and_the_socket_stays_open(
    site: Site, frame: str | bytes
) -> None:
    """The next message is answered."""
    with site.new_customer().socket() as socket:
        answer = socket.ask(frame)

        assert answer["event"] == "error"
        assert answer["error"]["code"] in {"bad_message", "transaction_not_found"}
        assert answer["error"]["message"]
        assert socket.is_silent()


def test_the_fifty_first_reference_is_refused(site: Site) -> None:
    """The other fifty stay joined."""
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
