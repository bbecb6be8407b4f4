"""docs/configuration.md names every variable that the code reads, with its true default."""

import os
import re

import pytest
from django.core.exceptions import ImproperlyConfigured

from dev.stack.addresses import ROOT
from payflow.settings.config import Config

SOURCE = (ROOT / "payflow" / "settings" / "config.py").read_text()
PAGE = (ROOT / "docs" / "configuration.md").read_text()
# The tables before this heading are about PayFlow, the ones after it about its tools.
OF_PAYFLOW = PAGE.partition("## Which settings module")[0]
ROW = re.compile(r"^\| `(\w+)` \| (?:`([^`]+)`|(\w+)) \| (.+) \|$", re.MULTILINE)
REQUIRED = {
    "MONGO_URI": "mongodb://localhost",
    "REDIS_URL": "redis://localhost",
    "RABBITMQ_URL": "amqp://localhost",
    "JWT_SECRET_KEY": "secret",
    "FLUTTERWAVE_SECRET_KEY": "key",
    "FLUTTERWAVE_WEBHOOK_HASH": "hash",
}


def documented():
    """Each variable of the tables and its default there: a value, `required` or `empty`."""
    rows = ROW.findall(OF_PAYFLOW)
    assert len(rows) == len({name for name, *_ in rows}), "a variable has two rows"
    return {name: value or word for name, value, word, _ in rows}


def read_by_config():
    return set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', SOURCE))


@pytest.fixture
def bare_environment(monkeypatch):
    for name in list(os.environ):
        monkeypatch.delenv(name)
    return monkeypatch


def as_written(value):
    """A default as the page writes it."""
    if value in ("", []):
        return "empty"
    if isinstance(value, list):
        return ",".join(f"{'*' if upto is None else upto}:{fee}" for upto, fee in value)
    return str(value)


def test_every_variable_is_documented_and_no_other():
    """A variable that is added, renamed or removed in the code changes the page too."""
    assert set(documented()) == read_by_config()


def test_every_row_of_a_table_is_understood():
    """A row that this test cannot read would be a variable that it does not compare."""
    rows = [line for line in OF_PAYFLOW.splitlines() if line.startswith("| `")]

    assert len(rows) == len(documented())


def test_a_default_on_the_page_is_the_default_of_the_code(bare_environment):
    """Every default is what Config holds when only the required variables are set."""
    for name, value in REQUIRED.items():
        bare_environment.setenv(name, value)
    config = vars(Config())

    page = {name: text for name, text in documented().items() if text != "required"}
    assert page == {name: as_written(config[name.lower()]) for name in page}


def test_a_required_variable_has_no_default(bare_environment):
    """The page says `required` of exactly those without which Config does not start."""
    with pytest.raises(ImproperlyConfigured) as refusal:
        Config()

    missing = set(re.findall(r"^  ([A-Z_]+):", str(refusal.value), re.MULTILINE))
    page = {name for name, text in documented().items() if text == "required"}
    assert page == missing == set(REQUIRED)
