from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from languages import Language
from sandboxes import ImageError
from sandboxes.images import ImageStore, build
from sandboxes.images.lock import try_lock
from sandboxes.images.store import remove_tree

Make = Callable[..., Language]


@pytest.fixture
def built(store: ImageStore, driver: object, language: Make) -> tuple[Language, Language]:
    """Two languages with an image each."""
    pair = language("one"), language("two", packages=("two",))
    reports = build(pair, store=store, driver=driver, prove=lambda _, __: None)  # type: ignore[arg-type]  # a fixture
    assert [report.error for report in reports] == [None, None]
    return pair


def left_over(store: ImageStore, language: Language, pid: int = 1) -> Path:
    """What a builder leaves that was killed."""
    directory = store.directory / f".building-{store.path(language.image).name}-{pid}"
    (directory / "rootfs/usr").mkdir(parents=True)
    (directory / "rootfs/usr/file").write_bytes(bytes(10_000))
    return directory


def test_gives_the_root_file_system(store: ImageStore, built: tuple[Language, Language]) -> None:
    one, two = built
    assert store.rootfs(one.image) == store.rootfs(one.image, language="one") == store.path(one.image) / "rootfs"
    assert store.rootfs(one.image) != store.rootfs(two.image)
    assert (store.rootfs(one.image) / "usr/bin/tool").is_file()


def test_a_missing_image_says_what_to_do(store: ImageStore, language: Make) -> None:
    with pytest.raises(ImageError, match=r"^the image of one is not built: run `syncode images build one`$"):
        store.rootfs(language("one").image, language="one")
    with pytest.raises(ImageError, match=r"^the image is not built: run `syncode images build`$"):
        store.rootfs(language("one").image)


@pytest.mark.usefixtures("built")
def test_an_unproved_language_says_what_to_do(store: ImageStore, language: Make) -> None:
    with pytest.raises(ImageError, match="has not been proved to run it: run `syncode images build other`"):
        store.rootfs(language("other").image, language="other")


def test_lists_finished_images_only(store: ImageStore, built: tuple[Language, Language]) -> None:
    left_over(store, built[0])
    (store.directory / "notes.txt").write_text("somebody's")
    (store.directory / "0123456789abcdef0123").mkdir()
    assert {image.manifest.languages for image in store.images()} == {("one",), ("two",)}


def test_an_empty_store_has_nothing(store: ImageStore) -> None:
    assert store.images() == ()
    assert store.prune([]).freed_bytes == 0
    assert not store.home.exists()


def test_prune_keeps_what_is_named(store: ImageStore, built: tuple[Language, Language]) -> None:
    one, two = built
    pruned = store.prune([one.image])
    assert pruned.images == (store.path(two.image),)
    assert pruned.builds == ()
    assert pruned.freed_bytes > 0
    assert store.image(two.image) is None
    assert store.image(one.image) is not None
    assert store.prune([one.image]).images == ()


def test_prune_leaves_nothing_behind(store: ImageStore, built: tuple[Language, Language]) -> None:
    left_over(store, built[0])
    (store.directory / f".removing-{store.path(built[1].image).name}-1").mkdir()
    (store.cache / "archives").mkdir(parents=True)
    (store.cache / "archives/tool.deb").write_bytes(bytes(5000))
    store.prune([])
    assert list(store.directory.iterdir()) == []
    assert list(store.cache.iterdir()) == []


def test_prune_leaves_other_caches_of_the_home_alone(store: ImageStore) -> None:
    other = store.home / "cache/programs/entries"
    other.mkdir(parents=True)
    store.prune([])
    assert other.is_dir()


def test_prune_removes_unfinished_builds_of_images_that_are_kept(
    store: ImageStore, built: tuple[Language, Language]
) -> None:
    directory = left_over(store, built[0])
    pruned = store.prune(each.image for each in built)
    assert (pruned.images, pruned.builds) == ((), (directory,))
    assert pruned.freed_bytes >= 10_000
    assert not directory.exists()
    assert len(store.images()) == 2


def test_prune_never_touches_what_a_living_builder_works_on(
    store: ImageStore, built: tuple[Language, Language]
) -> None:
    directory = left_over(store, built[0])
    lock = try_lock(store.lock_path(built[0].image))
    assert lock is not None
    assert store.prune([built[1].image]).builds == ()
    assert directory.is_dir()
    assert store.image(built[0].image) is not None
    os.close(lock)
    assert store.prune([built[1].image]).builds == (directory,)


def test_prune_leaves_what_is_not_ours(store: ImageStore, built: tuple[Language, Language]) -> None:
    (store.directory / "notes.txt").write_text("somebody's")
    store.prune([])
    assert [path.name for path in store.directory.iterdir()] == ["notes.txt"]
    assert store.image(built[0].image) is None


def test_another_architecture_is_another_image(store: ImageStore, built: tuple[Language, Language]) -> None:
    other = ImageStore(store.home, architecture="aarch64")
    assert other.image(built[0].image) is None


def test_another_recipe_is_another_image(store: ImageStore, built: tuple[Language, Language]) -> None:
    assert store.image(replace(built[0].image, suite="forky")) is None


def test_a_home_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ImageError, match=r"cannot keep images in .*; set SYNCODE_HOME"):
        ImageStore(tmp_path / "file/home").prepare()


def test_jails_can_search_the_way_to_an_image(store: ImageStore, built: tuple[Language, Language]) -> None:
    rootfs = store.rootfs(built[0].image)
    for directory in (store.directory, rootfs.parent, rootfs):
        assert directory.stat().st_mode & 0o777 == 0o755


def test_removing_what_is_not_there_is_no_error(tmp_path: Path) -> None:
    remove_tree(tmp_path / "missing")
    (tmp_path / "kept").mkdir()
    (tmp_path / "link").symlink_to("kept")
    remove_tree(tmp_path / "link")
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
