import pytest

from payflow.kernel.references import is_reference, new_reference


def test_new_references_are_valid_and_differ() -> None:
    """A thousand of them."""
    made = {new_reference("FUN") for _ in range(1000)}

    assert len(made) == 1000
    assert all(is_reference(reference) for reference in made)


@pytest.mark.parametrize(
    "text", ["", "PFFUN", "pffun" + "0" * 24, "PFFUN" + "I" * 24, "PFFUN" + "0" * 25, None, 7]
)
def test_other_texts_are_no_references(text: object) -> None:
    """They are refused without a look into the database."""
    assert not is_reference(text)
