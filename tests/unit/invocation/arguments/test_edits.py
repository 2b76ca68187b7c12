from __future__ import annotations

from copy import deepcopy
from typing import Any

from vapi_mcp.invocation.arguments.edits import Edits


class Counted(list[Any]):
    copies = 0

    def copy(self) -> Counted:
        Counted.copies += 1
        return Counted(self)


def test_changes_leave_the_value_as_it_was_and_share_the_rest() -> None:
    value = {"a": [{"b": 1, "c": 2}, {"b": 3}], "d": {"e": 4}}
    before = deepcopy(value)
    edits = Edits(value)
    edits.place(("a", 0, "b"), 5)
    edits.place(("a", 1, "b"), {"f": 6})
    edits.place(("a", 1, "b", "f"), 7)
    edits.remove(("a", 0, "c"))
    assert edits.value == {"a": [{"b": 5}, {"b": {"f": 7}}], "d": {"e": 4}}
    assert value == before
    assert edits.value["d"] is value["d"]


def test_whole_value_can_be_replaced() -> None:
    edits = Edits("1")
    edits.place((), 1)
    assert edits.value == 1


def test_list_is_copied_once_however_many_of_its_items_change() -> None:
    value = Counted({"n": str(n)} for n in range(1_000))
    edits = Edits(value)
    for n in range(1_000):
        edits.place((n, "n"), n)
    assert edits.value == [{"n": n} for n in range(1_000)]
    assert Counted.copies == 1
