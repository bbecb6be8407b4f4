"""`python -m tests.chaos --seed 1`: a day of kills and faults, then the proof, by exit code."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

from dev.stack.stack import Stack
from tests.chaos import oracle
from tests.chaos.customers import CustomerDay
from tests.chaos.storm import Storm
from tests.chaos.weather import Weather
from tests.support import proof
from tests.support.broker import is_installed, start_server
from tests.support.hurried import HURRIED

_SETTINGS = {
    **HURRIED,
    "TRANSFER_RESEND_AFTER_S": "6",
    "CIRCUIT_OPEN_S": "2",
    "REFUNDS_INTERVAL_S": "5",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--customers", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=90.0, help="how long the day lasts")
    parser.add_argument(
        "--broker", choices=["rabbitmq", "valkey"], help="default: RabbitMQ if it is installed"
    )
    parser.add_argument(
        "--weather",
        choices=["fair", "stormy"],
        default="fair",
        help="stormy: the vendors also change what has ended",
    )
    given = parser.parse_args()
    wanted = given.broker or ("rabbitmq" if is_installed() else "valkey")
    print(
        f"seed {given.seed}, {given.customers} customers, {given.seconds:g} s, on {wanted}, "
        f"{given.weather}"
    )
    folder = Path(tempfile.mkdtemp(prefix="payflow-chaos-"))
    with ExitStack() as exits:
        rabbitmq = exits.enter_context(start_server()) if wanted == "rabbitmq" else None
        ours = {"MONGO_URI": "", "REDIS_URL": "", "RABBITMQ_URL": rabbitmq.url if rabbitmq else ""}
        stack = exits.enter_context(
            Stack(folder / "stack", env={**os.environ, **_SETTINGS, **ours})
        )
        storm = None
        if given.weather == "stormy":
            storm = Storm(stack.addresses.sandbox, given.seed)
        weather = Weather(stack, rabbitmq, given.seed, storm)
        proved = play(stack, weather, given.seed, given.customers, given.seconds)
    if proved:
        shutil.rmtree(folder)
    else:
        print(f"The logs are in {folder / 'stack' / 'logs'}")
    return 0 if proved else 1


def play(stack: Stack, weather: Weather, seed: int, customers: int, seconds: float) -> bool:
    """Play the day. Returns whether all books are right at the end."""
    wrong = proof.open_books(stack)
    until = time.monotonic() + seconds
    addresses = stack.addresses
    people = [
        CustomerDay(number, api=addresses.api, ws=addresses.ws, seed=seed, until=until)
        for number in range(customers)
    ]
    for person in people:
        person.start()
    weather.cause_faults(until)
    weather.end_faults()
    for person in people:
        person.join()
    calls = Counter(f"{call.kind} {call.outcome}" for person in people for call in person.calls)
    print_counts("killed", weather.kills)
    print_counts("vendors' faults", weather.faults)
    print_counts("webhooks", weather.count_webhooks())
    print_counts("calls", calls)
    if weather.storm:
        print_counts("changed afterwards", weather.storm.count)
    wrong += proof.wait_until_settled(stack)
    wrong += proof.reconcile(stack)
    print_counts("transactions", proof.count_transactions(stack))
    keys = proof.group_references_by_key(stack)
    wrong += [
        *proof.find_differences(stack),
        *(each for p in people for each in oracle.judge(p, addresses.api, keys)),
        *proof.find_faults(stack),
    ]
    for each in wrong:
        print(f"  WRONG: {each}")
    print(f"differences: {len(wrong)}; {'PROVED' if not wrong else 'NOT PROVED'} with seed {seed}")
    return not wrong


def print_counts(what: str, counted: Counter[str]) -> None:
    print(
        f"{what}: {counted.total()} ({', '.join(f'{n} {c}' for n, c in sorted(counted.items()))})"
    )


if __name__ == "__main__":
    sys.exit(main())
