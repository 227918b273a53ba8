"""The catalogue: durable before it takes effect, one change at a time, refused without a trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from jasminlike.catalog.draft import AlreadyThere, StillUsed, UnknownThing
from jasminlike.catalog.service import Catalog, Put, Remove
from jasminlike.errors import STORE_FAILED, GatewayError
from jasminlike.kind import Delta, Field, FieldError, Kind, Ref
from tests.fakes.catalogue_store import MemoryCatalogueStore


def _count(text: str) -> int:
    if int(text) < 0:
        raise FieldError(f"{text} is below 0")
    return int(text)


async def _seal(text: str) -> str:
    return f"sealed {text}" if not text.startswith("sealed") else text


def _dict(values: Mapping[str, Any]) -> dict[str, Any]:
    return dict(values)


def _no_mustard(jar: dict[str, Any]) -> str:
    return "no mustard here" if jar["label"] == "mustard" else ""


SHELF = Kind("shelf", "name", (Field("name", str, fixed=True),), _dict, _dict)
JAR = Kind(
    "jar",
    "id",
    (
        Field("id", int, fixed=True),
        Field("shelf", str, refers=lambda name: (Ref("shelf", name, f"no shelf {name}", owner=True),)),
        Field("count", _count, default=None, signed=True),
        Field("label", str, default=None, unique=True),
        Field("code", str, default="", seal=_seal),
    ),
    _dict,
    _dict,
)
LINK = Kind(
    "link",
    "name",
    (
        Field("name", str),
        Field("jar", str, refers=lambda key: (Ref("jar", key, f"no jar {key}", refuse=_no_mustard),)),
        Field("hint", str, default=None, refers=lambda key: (Ref("jar", key),)),
    ),
    _dict,
    _dict,
)


@pytest.fixture
def store() -> MemoryCatalogueStore:
    return MemoryCatalogueStore()


@pytest.fixture
def catalog(store: MemoryCatalogueStore) -> Catalog:
    return Catalog(store, [SHELF, JAR, LINK])


def now(coroutine: Any) -> Any:
    """The result of a coroutine that waits for nothing."""
    results: list[Any] = []
    deferred = Deferred.fromCoroutine(coroutine)
    deferred.addBoth(results.append)
    assert results, "it still waits"
    if hasattr(results[0], "raiseException"):
        results[0].raiseException()
    return results[0]


def fill(catalog: Catalog) -> None:
    now(catalog.add("shelf", {"name": "top"}, "t"))
    now(catalog.add("jar", {"id": 10, "shelf": "top", "label": "plums", "count": 3}, "t"))
    now(catalog.add("jar", {"id": 9, "shelf": "top", "label": "figs"}, "t"))


def test_things_are_listed_in_order_and_survive_a_restart(catalog: Catalog, store: MemoryCatalogueStore) -> None:
    fill(catalog)
    assert list(catalog.all("jar")) == ["9", "10"]
    again = Catalog(store, [SHELF, JAR, LINK])
    now(again.load())
    assert again.get("jar", "10") == {"id": 10, "shelf": "top", "label": "plums", "count": 3, "code": ""}
    assert list(again.all("jar")) == ["9", "10"]


def test_what_was_listed_does_not_change_under_the_reader(catalog: Catalog) -> None:
    fill(catalog)
    before = catalog.all("jar")
    now(catalog.remove("jar", "9", "t"))
    assert list(before) == ["9", "10"]
    assert list(catalog.all("jar")) == ["10"]


def test_nothing_takes_effect_before_it_is_durable(catalog: Catalog, store: MemoryCatalogueStore) -> None:
    heard: list[Any] = []
    catalog.subscribe(lambda *change: heard.append(change))
    store.hold()
    adding = Deferred.fromCoroutine(catalog.add("shelf", {"name": "top"}, "t"))
    assert catalog.get("shelf", "top") is None
    assert heard == []
    store.release()
    assert adding.called
    assert heard == [("shelf", "top", None, {"name": "top"})]
    assert catalog.get("shelf", "top") == {"name": "top"}


def test_two_operators_do_not_lose_one_anothers_changes(catalog: Catalog, store: MemoryCatalogueStore) -> None:
    fill(catalog)
    heard: list[int] = []
    catalog.subscribe(lambda kind, key, old, new: heard.append(new["count"]))
    store.hold()
    first = Deferred.fromCoroutine(catalog.update("jar", "10", {"count": Delta(5)}, "ann"))
    second = Deferred.fromCoroutine(catalog.update("jar", "10", {"count": Delta(-1), "label": "pears"}, "bob"))
    assert store.held == 1, "the second waits for the first"
    store.release()
    assert first.called and not second.called
    store.release()
    assert second.called
    assert catalog.get("jar", "10")["count"] == 7
    assert catalog.get("jar", "10")["label"] == "pears"
    assert heard == [8, 7]
    assert [each.actor for each in store.log[-2:]] == ["ann", "bob"]


def test_listeners_hear_changes_in_the_order_they_became_durable(catalog: Catalog) -> None:
    heard: list[str] = []

    def first(kind: str, key: str, old: Any, new: Any) -> None:
        if key == "a":
            Deferred.fromCoroutine(catalog.add("shelf", {"name": "b"}, "t"))

    catalog.subscribe(first)
    catalog.subscribe(lambda kind, key, old, new: heard.append(key))
    now(catalog.add("shelf", {"name": "a"}, "t"))
    assert heard == ["a", "b"]


def test_a_failing_listener_does_not_stop_the_others(catalog: Catalog, logged_errors: Any) -> None:
    heard: list[str] = []

    def broken(*change: Any) -> None:
        raise RuntimeError("listener")

    catalog.subscribe(broken)
    catalog.subscribe(lambda kind, key, old, new: heard.append(key))
    now(catalog.add("shelf", {"name": "a"}, "t"))
    assert heard == ["a"]
    assert [type(each) for each in logged_errors()] == [RuntimeError]


def test_a_store_that_fails_changes_nothing(catalog: Catalog, store: MemoryCatalogueStore) -> None:
    fill(catalog)
    store.problem = OSError("disk full")
    with pytest.raises(GatewayError) as caught:
        now(catalog.update("jar", "10", {"count": 1}, "t"))
    assert caught.value.reason is STORE_FAILED
    assert "disk full" in caught.value.detail and "disk full" not in caught.value.public
    assert catalog.get("jar", "10")["count"] == 3
    store.problem = None
    now(catalog.update("jar", "10", {"count": 1}, "t"))
    assert catalog.get("jar", "10")["count"] == 1


def test_adding_twice_is_refused_or_replaces(catalog: Catalog) -> None:
    fill(catalog)
    with pytest.raises(AlreadyThere):
        now(catalog.add("jar", {"id": 9, "shelf": "top"}, "t"))
    now(catalog.add("jar", {"id": 9, "shelf": "top", "label": "nuts"}, "t", replace=True))
    assert catalog.get("jar", "9")["label"] == "nuts"
    now(catalog.add("jar", {"id": 1, "shelf": "top", "label": "figs"}, "t"))


def test_bad_values_are_refused_by_name(catalog: Catalog) -> None:
    fill(catalog)
    with pytest.raises(FieldError, match="no colour") as caught:
        now(catalog.add("jar", {"id": 1, "shelf": "top", "colour": "red"}, "t"))
    assert caught.value.key == "colour"
    with pytest.raises(FieldError, match="needs shelf"):
        now(catalog.add("jar", {"id": 1}, "t"))
    with pytest.raises(FieldError, match="needs id"):
        now(catalog.add("jar", {"shelf": "top"}, "t"))
    with pytest.raises(FieldError, match="id can not be modified"):
        now(catalog.update("jar", "9", {"id": 8}, "t"))
    with pytest.raises(UnknownThing):
        now(catalog.update("jar", "77", {"count": 8}, "t"))
    with pytest.raises(FieldError, match="-7 is below 0"):
        now(catalog.update("jar", "10", {"count": Delta(-10)}, "t"))


def test_a_signed_change_of_something_unlimited_counts_from_zero(catalog: Catalog) -> None:
    fill(catalog)
    now(catalog.update("jar", "9", {"count": Delta(4)}, "t"))
    assert catalog.get("jar", "9")["count"] == 4


def test_slow_work_on_a_value_is_done_once(catalog: Catalog) -> None:
    fill(catalog)
    now(catalog.update("jar", "9", {"code": "x"}, "t"))
    now(catalog.update("jar", "9", {"count": 1}, "t"))
    assert catalog.get("jar", "9")["code"] == "sealed x"


def test_a_thing_that_is_named_must_exist_and_cannot_go(catalog: Catalog) -> None:
    fill(catalog)
    with pytest.raises(FieldError, match="no jar 7"):
        now(catalog.add("link", {"name": "l", "jar": "7"}, "t"))
    now(catalog.add("link", {"name": "l", "jar": "9", "hint": "77"}, "t"))
    with pytest.raises(StillUsed, match="jar 9 is used by link l"):
        now(catalog.remove("jar", "9", "t"))
    now(catalog.update("link", "l", {"jar": "10", "hint": "9"}, "t"))
    now(catalog.remove("jar", "9", "t"))
    with pytest.raises(UnknownThing):
        now(catalog.remove("jar", "9", "t"))


def test_a_thing_that_is_named_must_do_and_go_on_doing(catalog: Catalog) -> None:
    fill(catalog)
    now(catalog.add("jar", {"id": 5, "shelf": "top", "label": "mustard"}, "t"))
    with pytest.raises(FieldError, match="no mustard here"):
        now(catalog.add("link", {"name": "l", "jar": "5"}, "t"))
    now(catalog.add("link", {"name": "l", "jar": "9"}, "t"))
    now(catalog.remove("jar", "5", "t"))
    with pytest.raises(FieldError, match="no mustard here"):
        now(catalog.update("jar", "9", {"label": "mustard"}, "t"))


def test_what_a_thing_owns_goes_with_it_unless_it_is_used(catalog: Catalog, store: MemoryCatalogueStore) -> None:
    fill(catalog)
    now(catalog.add("link", {"name": "l", "jar": "9"}, "t"))
    with pytest.raises(StillUsed):
        now(catalog.remove("shelf", "top", "t"))
    assert len(catalog.all("jar")) == 2
    now(catalog.remove("link", "l", "t"))
    batches = store.batches
    now(catalog.remove("shelf", "top", "t"))
    assert store.batches == batches + 1, "all in one commit"
    assert not catalog.all("jar") and not store.documents


def test_unique_values(catalog: Catalog) -> None:
    fill(catalog)
    with pytest.raises(FieldError, match="label figs is taken by jar 9"):
        now(catalog.update("jar", "10", {"label": "figs"}, "t"))
    with pytest.raises(FieldError, match="is taken by"):
        now(
            catalog.apply_many(
                [
                    Put("jar", {"id": 1, "shelf": "top", "label": "x"}),
                    Put("jar", {"id": 2, "shelf": "top", "label": "x"}),
                ],
                "t",
            )
        )
    assert list(catalog.all("jar")) == ["9", "10"]


def test_many_edits_are_judged_by_what_stands_after_the_last(catalog: Catalog) -> None:
    fill(catalog)
    now(
        catalog.apply_many(
            [
                Put("link", {"name": "l", "jar": "5"}),
                Put("jar", {"id": 5, "shelf": "low", "label": "figs"}),
                Put("shelf", {"name": "low"}),
                Remove("jar", "9"),
            ],
            "t",
        )
    )
    assert list(catalog.all("jar")) == ["5", "10"]
    with pytest.raises(StillUsed):
        now(catalog.apply_many([Put("shelf", {"name": "x"}), Remove("jar", "5")], "t"))
    assert catalog.get("shelf", "x") is None


def test_a_document_that_cannot_be_read_leaves_the_others(store: MemoryCatalogueStore, logged_errors: Any) -> None:
    store.documents = {
        ("shelf", "top"): b'{"name": "top", "of a later release": 1}',
        ("shelf", "bad"): b"{",
        ("jar", "1"): b'{"id": 1}',
        ("moon", "x"): b"{}",
    }
    catalog = Catalog(store, [SHELF, JAR, LINK])
    now(catalog.load())
    assert list(catalog.all("shelf")) == ["top"]
    assert {each[:2] for each in catalog.broken} == {("shelf", "bad"), ("jar", "1")}
    assert len(store.documents) == 4
    assert len(logged_errors()) == 2


def test_checking_raises_what_adding_would_and_changes_nothing(catalog: Catalog) -> None:
    fill(catalog)
    with pytest.raises(FieldError, match="no shelf low"):
        catalog.check("jar", {"id": 1, "shelf": "low"})
    with pytest.raises(AlreadyThere):
        catalog.check("shelf", {"name": "top"})
    catalog.check("shelf", {"name": "low"})
    assert list(catalog.all("shelf")) == ["top"]


def test_profiles_restore_everything_in_one_commit(catalog: Catalog, store: MemoryCatalogueStore) -> None:
    fill(catalog)
    now(catalog.save_profile("first", "t"))
    now(catalog.remove("shelf", "top", "t"))
    now(catalog.add("shelf", {"name": "new"}, "t"))
    now(catalog.add("jar", {"id": 3, "shelf": "new", "label": "plums"}, "t"))
    again = Catalog(store, [SHELF, JAR, LINK])
    now(again.load())
    heard: list[str] = []
    again.subscribe(lambda kind, key, old, new: heard.append(f"{kind} {key} {'gone' if new is None else 'set'}"))
    batches = store.batches
    now(again.load_profile("first", "t"))
    assert store.batches == batches + 1
    assert list(again.all("shelf")) == ["top"] and list(again.all("jar")) == ["9", "10"]
    assert sorted(heard) == ["jar 10 set", "jar 3 gone", "jar 9 set", "shelf new gone", "shelf top set"]
    assert again.profiles() == ["first"]


def test_loading_a_profile_touches_only_what_differs(catalog: Catalog) -> None:
    fill(catalog)
    now(catalog.save_profile("p", "t"))
    now(catalog.update("jar", "9", {"count": 1}, "t"))
    heard: list[str] = []
    catalog.subscribe(lambda kind, key, old, new: heard.append(key))
    now(catalog.load_profile("p", "t"))
    assert heard == ["9"]


def test_an_unknown_profile_is_refused(catalog: Catalog) -> None:
    with pytest.raises(UnknownThing):
        now(catalog.load_profile("nowhere", "t"))


def test_removing_a_group_of_many_stays_quick(catalog: Catalog) -> None:
    now(catalog.add("shelf", {"name": "top"}, "t"))
    now(catalog.apply_many([Put("jar", {"id": n, "shelf": "top", "label": f"l{n}"}) for n in range(3000)], "t"))
    now(catalog.remove("shelf", "top", "t"))
    assert not catalog.all("jar")
