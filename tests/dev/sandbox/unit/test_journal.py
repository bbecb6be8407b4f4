from dataclasses import dataclass, replace

import pytest

from dev.sandbox.journal import Journal, JournalDamaged, Store


@dataclass(frozen=True)
class Note:
    id: int
    topic: str
    text: str = ""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "journal"


def opened(path=""):
    journal = Journal(str(path))
    store = Store(journal, "note", Note, key=lambda note: note.topic)
    journal.open()
    return journal, store


def test_a_new_run_remembers_changes_and_removals(path):
    """What was put, changed and removed is the same after the journal is opened again."""
    journal, store = opened(path)
    kept = store.put(Note(1, "a"))
    store.put(Note(2, "a"))
    store.put(replace(kept, text="changed"))
    store.remove(2)
    journal.close()

    _, again = opened(path)

    assert list(again) == [Note(1, "a", "changed")]
    assert again.find_by_key("a") == [Note(1, "a", "changed")]


def test_a_reset_is_remembered(path):
    """A reset empties the stores for later runs too."""
    journal, store = opened(path)
    store.put(Note(1, "a"))
    journal.reset()
    store.put(Note(2, "a"))
    journal.close()

    _, again = opened(path)

    assert [note.id for note in again] == [2]


def test_half_a_last_line_is_cut_off(path):
    """What a killed process left of its last line is dropped, and writing goes on after it."""
    journal, store = opened(path)
    store.put(Note(1, "a"))
    journal.close()
    with path.open("a") as file:
        file.write('{"store":"note","docu')

    journal, store = opened(path)
    store.put(Note(2, "a"))
    journal.close()
    _, again = opened(path)

    assert [note.id for note in again] == [1, 2]


@pytest.mark.parametrize(
    "line", ["{", '{"store":"unknown","document":{}}', "[]", '{"store":"note"}']
)
def test_a_damaged_line_stops_the_start(path, line):
    """A whole line that cannot be read needs a person; its number is named."""
    journal, _ = opened(path)
    journal.write({"reset": True})
    journal.close()
    with path.open("a") as file:
        file.write(line + "\n")

    with pytest.raises(JournalDamaged, match="line 2"):
        opened(path)


def test_ids_only_count_up(path):
    """No id is given twice, neither after a reset nor in a later run."""
    journal, store = opened(path)
    first = store.put(Note(store.next_id() + 1_000_000_000, "a")).id
    journal.reset()
    second = store.next_id()
    journal.close()

    _, again = opened(path)

    assert second > first
    assert again.next_id() > first


def test_documents_are_found_in_both_orders():
    """A store lists oldest first and newest first, and finds nothing it does not hold."""
    _, store = opened()
    store.put(Note(1, "a"))
    store.put(Note(2, "b"))

    assert [note.id for note in store] == [1, 2]
    assert [note.id for note in store.newest_first()] == [2, 1]
    assert store.find(3) is None
    assert store.find_by_key("c") == []
