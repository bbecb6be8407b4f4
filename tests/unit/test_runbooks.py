"""The runbooks agree with the code, and no link between our documents is broken."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import django
import pytest

from dev.stack.addresses import ROOT

RUNBOOKS = sorted((ROOT / "docs" / "runbooks").glob("*.md"))
DOCUMENTS = [
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
]
CASE = re.compile(r"^\| `(\w+)` \| (.+?) \| \[", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
COMMAND = re.compile(r"manage\.py ([a-z_]+)")
FENCE = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(page: str) -> set[str]:
    """The names under which GitHub links to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def test_every_kind_of_case_is_listed_with_its_sentence() -> None:
    """A kind that is added, renamed or reworded in the code changes the page too."""
    django.setup()
    from wallets.review.kinds import all_kinds

    listed = CASE.findall((ROOT / "docs" / "runbooks" / "README.md").read_text())

    # A test in the same process may have registered a flow with kinds that only tests have.
    kinds = [kind for kind in all_kinds() if not type(kind).__module__.startswith("tests.")]
    assert Counter(listed) == Counter((kind.word, kind.sentence) for kind in kinds)


@pytest.mark.parametrize("page", RUNBOOKS, ids=relative)
def test_a_runbook_contains_commands_and_no_code(page: Path) -> None:
    """An operator types commands that exist; inline Python goes stale unseen."""
    django.setup()
    from django.core.management import get_commands

    text = page.read_text()

    assert "manage.py shell" not in text
    assert "import" not in text
    assert set(COMMAND.findall(text)) <= set(get_commands())


@pytest.mark.parametrize("page", DOCUMENTS, ids=relative)
def test_every_relative_link_resolves(page: Path) -> None:
    """The file is there, and so is the heading in it."""
    text = FENCE.sub("", page.read_text())
    broken = []
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text())):
            broken.append(link)

    assert broken == []


def test_every_runbook_is_in_the_list_of_symptoms() -> None:
    """A page that the list leaves out is a page that is not found."""
    text = (ROOT / "docs" / "runbooks" / "README.md").read_text()
    table = text.partition("## Before")[0]

    assert set(LINK.findall(table)) == {page.name for page in RUNBOOKS if page.name != "README.md"}


def test_one_word_of_a_case_has_one_meaning() -> None:
    """Two flows may open cases of one kind; staff read the same sentence."""
    django.setup()
    from wallets.review.kinds import all_kinds

    sentences: dict[str, set[str]] = {}
    for kind in all_kinds():
        sentences.setdefault(kind.word, set()).add(kind.sentence)

    assert [word for word, found in sentences.items() if len(found) > 1] == []
