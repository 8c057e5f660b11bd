"""YAML files that are made to do harm, or by mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from judge import PackageError
from judge.packages.document import Table, read_table


def read(tmp_path: Path, text: str) -> Table:
    path = tmp_path / "a.yaml"
    path.write_text(text)
    return read_table(path, "a.yaml")


LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LAUGHS, "becomes far too large where its anchors are followed"),
        (f"a: &a {'x' * 500_000}\nb: [{', '.join(['*a'] * 100)}]", "becomes far too large"),
        ("a: &a\n  b: *a", "becomes far too large"),
        ("a: 0x" + "f" * 20_000, "is not valid YAML: line 1, column 4: a number is far too large"),
        ("a: " + "9" * 5_000, "is not valid YAML"),
        ("a: 1\na: 2", "is not valid YAML: line 2, column 1: the key 'a' stands there twice"),
        ("a: " + "[" * 5_000, "is not valid YAML"),
        ("!!python/object/apply:os.system ['true']", "is not valid YAML"),
    ],
)
def test_harm_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(PackageError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(f"a.yaml: {message}")


def test_anchors_are_followed_where_that_is_little(tmp_path: Path) -> None:
    assert read(tmp_path, "a: &a [x]\nb: *a").texts("b") == ("x",)


@pytest.mark.parametrize("value", ["2025-01-01", ".nan", "{1: x}", "!!binary YQ==", "[1, [.inf]]", "!!set {a}"])
def test_what_json_cannot_hold_is_named(tmp_path: Path, value: str) -> None:
    with pytest.raises(PackageError, match=r"^a\.yaml: a\.b"):
        read(tmp_path, f"a: {{b: {value}}}").plain("a")


def test_what_json_can_hold_is_plain(tmp_path: Path) -> None:
    assert read(tmp_path, "a: {b: [1, 2.5, true, null, x, {c: d}]}").plain("a") == {
        "b": [1, 2.5, True, None, "x", {"c": "d"}]
    }
