"""The journal: documents survive a restart, and a damaged file is refused."""

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
    return tmp_path / "folder" / "journal"


def open_journal(path):
    journal = Journal(str(path))
    store = Store(journal, "note", Note, key=lambda note: note.topic)
    journal.open()
    return journal, store


def test_changes_and_removals_survive_a_restart(path):
    """A second run finds the documents as the first run left them, by id and by key."""
    journal, store = open_journal(path)
    kept = store.put(Note(1, "a"))
    store.put(Note(2, "a"))
    store.put(replace(kept, text="changed"))
    store.remove(2)
    journal.close()

    _, again = open_journal(path)

    assert list(again) == again.find_by_key("a") == [Note(1, "a", "changed")]
    assert again.find(2) is None


def test_a_reset_survives_a_restart(path):
    """Documents from before a reset do not come back."""
    journal, store = open_journal(path)
    store.put(Note(1, "a"))
    journal.reset()
    store.put(Note(2, "a"))
    journal.close()

    _, again = open_journal(path)

    assert [note.id for note in again] == [2]


def test_a_half_written_last_line_is_cut_off(path):
    """A line that a killed process did not finish is dropped; later lines follow the whole ones."""
    journal, store = open_journal(path)
    store.put(Note(1, "a"))
    journal.close()
    with path.open("a") as file:
        file.write('{"store":"note","docu')

    journal, store = open_journal(path)
    store.put(Note(2, "a"))
    journal.close()
    _, again = open_journal(path)

    assert [note.id for note in again] == [1, 2]


@pytest.mark.parametrize("line", ["{", '{"store":"unknown","document":{}}'])
def test_a_damaged_line_stops_the_start(path, line):
    """A whole line that cannot be read is refused with its number, and the file is not changed."""
    journal, _ = open_journal(path)
    journal.write({"reset": True})
    journal.close()
    with path.open("a") as file:
        file.write(line + "\n")
    content = path.read_bytes()

    with pytest.raises(JournalDamaged, match="line 2"):
        open_journal(path)

    assert path.read_bytes() == content


def test_ids_only_increase(path):
    """No id is given twice: not after a reset, and not after a restart."""
    journal, store = open_journal(path)
    first = store.put(Note(store.next_id() + 1_000_000_000, "a")).id
    journal.reset()
    second = store.next_id()
    journal.close()

    _, again = open_journal(path)

    assert second > first
    assert again.next_id() > first
