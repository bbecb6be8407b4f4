import pytest

from payflow.kernel.references import is_reference, new_reference


def test_references_are_recognised_and_never_repeat() -> None:
    """A thousand new references are all different and all of our form."""
    made = {new_reference("FUN") for _ in range(1000)}

    assert len(made) == 1000
    assert all(is_reference(reference) for reference in made)


@pytest.mark.parametrize(
    "text", ["", "PFFUN", "pffun" + "0" * 24, "PFFUN" + "I" * 24, "PFFUN" + "0" * 25, None, 7]
)
def test_other_texts_are_no_references(text: object) -> None:
    """What cannot be ours is known without asking the database."""
    assert not is_reference(text)
