"""`make demo` succeeds, and its comparison notices a single kobo."""

import pymongo
import pytest
from rich.console import Console

from dev.stack import demo
from dev.stack.demo import Demo
from dev.stack.stack import Stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    own = {"MONGO_URI": "", "REDIS_URL": "", "RABBITMQ_URL": ""}
    with Stack(tmp_path_factory.mktemp("demo"), env=own) as running:
        yield running


def test_the_books_agree_until_a_kobo_is_removed(stack, capsys):
    """The demo ends with books that agree; one kobo less in a wallet makes them differ."""
    story = Demo(Console(width=120), stack)

    assert story.play()
    assert "All books agree." in capsys.readouterr().out

    with pymongo.MongoClient(stack.addresses.mongo_uri) as client:
        client[stack.addresses.database]["wallets"].update_one({}, {"$inc": {"balance": -1}})
    assert not story.prove_the_books()
    assert "Books differ." in capsys.readouterr().out


@pytest.mark.parametrize(("agreed", "exit_code"), [(True, 0), (False, 1)])
def test_the_exit_code_says_whether_the_books_agree(monkeypatch, tmp_path, agreed, exit_code):
    """`make demo` succeeds only when the books agree."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(Stack, "start", lambda self: None)
    monkeypatch.setattr(Stack, "check", lambda self: None)
    monkeypatch.setattr(Demo, "play", lambda self: agreed)

    assert demo.main() == exit_code
