"""The wallet socket.

In:  {"token": "..."}                       unless the handshake carried it
     {"tx_ref": "...", "after": 2}          join; `after` is the last `seq` the client has seen
     {"all": true}                          all of the customer's transactions, from now on
     {"leave": "<tx_ref>"}, {"ping": ...}
Out: {"event": "ready" | "joined" | "left" | "transaction" | "pong" | "error", ...}

Close codes: 4401 the token is not valid, 4403 its session has ended (logout, new password,
deactivation), 4408 no token came in time, 4410 it has expired.

A session that ends is announced to the user's sockets, which then look whether they are still
signed in. An announcement can be lost, so a socket also looks before it joins and before it sends
an event. It does not look in between: a socket that is silent reveals nothing.
"""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from accounts.errors import TokenExpired, TokenInvalid
from notifications import events, grants, groups
from notifications.joins import JoinLimit
from notifications.watches import MAX_REFERENCES, Watches
from payflow.kernel import clock
from payflow.kernel.errors import InvariantBroken, PayflowError
from wallets.errors import TransactionNotFound
from wallets.ledger import selectors
from wallets.ledger.documents import Transaction

CLOSE_INVALID_TOKEN, CLOSE_SIGNED_OUT = 4401, 4403
CLOSE_NO_TOKEN, CLOSE_EXPIRED_TOKEN = 4408, 4410
# The subprotocol of the handshake; the token follows it in the list.
SUBPROTOCOL = "payflow.jwt"
FIRST_MESSAGE_WITHIN_S = 20
MAX_MESSAGE_CHARS = 8192


class SocketError(PayflowError):
    """A message that the socket does not understand. The socket stays open."""

    code = "bad_message"
    default_message = (
        'Send {"tx_ref": "..."}, {"all": true}, {"leave": "..."} or {"ping": 1} as JSON.'
    )


class WalletConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """The socket of one client."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grant: grants.Grant | None = None
        self.watches = Watches()
        self._joins = JoinLimit()
        self._deadline: asyncio.Task[None] | None = None

    # --- Connection ---------------------------------------------------------------------------

    async def connect(self) -> None:
        token = _token_in_handshake(self.scope)
        offered = SUBPROTOCOL in self.scope.get("subprotocols", [])
        await self.accept(SUBPROTOCOL if offered else None)
        if token is None:
            self._close_after(FIRST_MESSAGE_WITHIN_S, CLOSE_NO_TOKEN)
        else:
            await self._sign_in(token)

    async def disconnect(self, code: int) -> None:
        if self._deadline:
            self._deadline.cancel()
        for name in self._groups():
            await self.channel_layer.group_discard(name, self.channel_name)

    async def _sign_in(self, token: object) -> None:
        try:
            grant = await database_sync_to_async(grants.read_grant)(str(token))
        except TokenInvalid as exc:
            await self.close(
                CLOSE_EXPIRED_TOKEN if isinstance(exc, TokenExpired) else CLOSE_INVALID_TOKEN
            )
            return
        if self.grant and self.grant.user_id != grant.user_id:
            # A new token may prolong the socket, but not change its user.
            await self.close(CLOSE_INVALID_TOKEN)
            return
        self.grant = grant
        if grant.user_id is not None:
            name = groups.of_sockets(grant.user_id)
            await self.channel_layer.group_add(name, self.channel_name)
            # The session may have ended before the socket was in the group.
            if not await self._is_signed_in():
                return
        left_s = (self.grant.expires_at - clock.now()).total_seconds()
        self._close_after(left_s, CLOSE_EXPIRED_TOKEN)
        await self._send({"event": "ready", "expires_at": _format_time(self.grant.expires_at)})

    async def _is_signed_in(self) -> bool:
        """False, and the socket closes, if the session of its token has ended."""
        if self.grant and await database_sync_to_async(grants.is_valid)(self.grant):
            return True
        await self.close(CLOSE_SIGNED_OUT)
        return False

    def _close_after(self, delay_s: float, code: int) -> None:
        if self._deadline:
            self._deadline.cancel()

        async def close_then() -> None:
            await asyncio.sleep(delay_s)
            await self.close(code)

        self._deadline = asyncio.create_task(close_then())

    # --- Messages -----------------------------------------------------------------------------

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        message: dict[str, Any] = {}
        try:
            message = _parsed(text_data)
            if "token" in message:
                await self._sign_in(message["token"])
            elif self.grant is None:
                await self.close(CLOSE_INVALID_TOKEN)
            else:
                await self._follow(message)
        except PayflowError as exc:
            error = {"code": exc.code, "message": exc.message}
            about = message.get("tx_ref")
            known = {"tx_ref": about} if isinstance(about, str) else {}
            await self._send({"event": "error", "error": error} | known)

    async def _follow(self, message: dict[str, Any]) -> None:
        if "tx_ref" in message:
            if await self._is_signed_in():
                await self._join(message["tx_ref"], message.get("after"))
        elif message.get("all") is True:
            if await self._is_signed_in():
                await self._join_all()
        elif "leave" in message:
            await self._leave(message["leave"])
        elif "ping" in message:
            await self._send({"event": "pong", "ping": message["ping"]})
        else:
            raise SocketError()

    async def _join(self, reference: object, after: Any) -> None:
        """Follow one reference, and send what came after revision `after`."""
        if not isinstance(reference, str) or not _is_revision_or_none(after):
            raise SocketError("tx_ref is a text and after a whole number from 0.")
        self._joins.take()
        if len({*self.watches.references, reference}) > MAX_REFERENCES:
            raise SocketError(f"One socket follows up to {MAX_REFERENCES} references.")
        await self._find(reference)  # refuses a reference of another customer
        # Subscribe before reading: a change in between then arrives twice instead of being lost.
        await self.channel_layer.group_add(groups.of_reference(reference), self.channel_name)
        transaction = await self._find(reference)
        # Without `after` the client gets the present state; with it, everything since then.
        latest = transaction.revision
        seen = latest - 1 if after is None else min(after, latest)
        self.watches.join(reference, after=seen)
        await self._send({"event": "joined", "tx_ref": reference, "seq": latest})
        await self._send_new(events.events_of(transaction, after=seen))

    async def _join_all(self) -> None:
        if self.grant is None or self.grant.user_id is None:
            raise SocketError("This token follows one reference only.")
        await self.channel_layer.group_add(groups.of_user(self.grant.user_id), self.channel_name)
        self.watches.all = True
        await self._send({"event": "joined", "all": True})

    async def _leave(self, reference: object) -> None:
        if not isinstance(reference, str) or reference not in self.watches.references:
            raise SocketError("This socket has not joined that reference.")
        self.watches.leave(reference)
        await self.channel_layer.group_discard(groups.of_reference(reference), self.channel_name)
        await self._send({"event": "left", "tx_ref": reference})

    # --- Events -------------------------------------------------------------------------------

    async def transaction_event(self, message: dict[str, Any]) -> None:
        """Called for the channel layer's message that a transaction has changed."""
        event = message["event"]
        if not self.watches.follows(event["reference"]):
            return  # the client left while the message was on its way
        if not await self._is_signed_in():
            return
        if self.watches.has_gap_before(event):  # a push was lost; read the history
            transaction = await self._find(event["reference"])
            after = self.watches.last_seen(event["reference"])
            await self._send_new(events.events_of(transaction, after=after))
        else:
            await self._send_new([event])

    async def signed_out(self, message: dict[str, Any]) -> None:
        """Called for the channel layer's message that sessions of this user have ended."""
        await self._is_signed_in()

    async def _send_new(self, found: list[events.Event]) -> None:
        for event in found:
            if self.watches.take(event):
                await self._send(event if self._sees_balance() else events.hide_balance(event))

    async def _find(self, reference: str) -> Transaction:
        """Raises: TransactionNotFound, also for a transaction that this token may not see."""
        grant = self.grant
        if grant is None:
            raise InvariantBroken("a socket without a grant looks for a transaction")
        transaction = await database_sync_to_async(selectors.find_transaction)(reference=reference)
        mine = transaction is not None and (
            transaction.user_id == grant.user_id or reference == grant.reference
        )
        if not mine:
            raise TransactionNotFound()
        return transaction

    def _sees_balance(self) -> bool:
        return self.grant is not None and self.grant.user_id is not None

    def _groups(self) -> list[str]:
        names = [groups.of_reference(reference) for reference in self.watches.references]
        if self.grant and self.grant.user_id:
            names.append(groups.of_sockets(self.grant.user_id))
            if self.watches.all:
                names.append(groups.of_user(self.grant.user_id))
        return names

    async def _send(self, frame: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(frame))


def _token_in_handshake(scope: dict[str, Any]) -> str | None:
    """The token in the Authorization header or the subprotocol list. URLs end up in logs."""
    header = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1").split()
    if len(header) == 2 and header[0].lower() == "bearer":
        return header[1]
    offered = scope.get("subprotocols", [])
    if SUBPROTOCOL in offered[:-1]:
        return str(offered[offered.index(SUBPROTOCOL) + 1])
    return None


def _parsed(text: str | None) -> dict[str, Any]:
    """Raises: SocketError."""
    if text is None or len(text) > MAX_MESSAGE_CHARS:
        raise SocketError()
    try:
        message = json.loads(text)
        # Refuses what no JSON answer could repeat: NaN, infinity, lone surrogates.
        json.dumps(message, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise SocketError() from None
    if not isinstance(message, dict):
        raise SocketError()
    return message


def _is_revision_or_none(value: object) -> bool:
    return value is None or (type(value) is int and value >= 0)


def _format_time(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
