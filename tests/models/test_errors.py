"""The error tree as drawn is the tree as built, and an error survives a process border."""

from __future__ import annotations

import inspect
import pickle
import re

from models import errors
from models.errors import NoteTooLarge, OncodeError


def drawn_tree() -> dict[str, str]:
    """Name -> parent, read from the indentation of the module's docstring."""
    tree: dict[str, str] = {}
    stack: list[tuple[int, str]] = []
    for row in (errors.__doc__ or "").splitlines():
        found = re.match(r"^([│├└─ ]*)([A-Z]\w+)", row)
        if not found or not (found[1] or found[2] == "OncodeError"):
            continue
        depth, name = len(found[1]), found[2]
        while stack and stack[-1][0] >= depth:
            stack.pop()
        tree[name] = stack[-1][1] if stack else "Exception"
        stack.append((depth, name))
    return tree


def test_the_docstring_draws_the_tree() -> None:
    built = {
        name: kind.__base__.__name__
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, OncodeError)
    }
    assert drawn_tree() == built


def test_every_error_has_a_title_of_its_own() -> None:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, OncodeError)]
    titles = [kind.title for kind in kinds]
    assert len(set(titles)) == len(titles)
    assert all(400 <= kind.status < 600 for kind in kinds)


def test_an_error_survives_a_process_border() -> None:
    error = NoteTooLarge("row 7", 1_000_000)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is NoteTooLarge
    assert (again.detail, again.remedy, str(again)) == (error.detail, error.remedy, str(error))
