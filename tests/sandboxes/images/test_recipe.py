from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from languages import ImageFile, NpmPackage, Recipe, Wheel, load_languages
from sandboxes.images import recipe as recipes
from sandboxes.images.recipe import digest, directory_name, npm_packages

names = st.text("abcdefgh-", min_size=1, max_size=6)
files = st.builds(
    ImageFile, target=names.map(lambda name: f"/usr/{name}"), content=st.binary(), executable=st.booleans()
)
wheels = st.builds(
    Wheel,
    name=names,
    version=names,
    sha256=st.dictionaries(st.sampled_from(["x86_64", "aarch64"]), names),
    files=st.dictionaries(names, names),
)
npm = st.builds(
    NpmPackage,
    name=names,
    version=names,
    integrity=names,
    target=names,
    architecture=st.sampled_from(["x86_64", "aarch64", None]),
)
recipe_values = st.builds(
    Recipe,
    suite=names,
    packages=st.lists(names, max_size=4).map(tuple),
    wheels=st.lists(wheels, max_size=2).map(tuple),
    npm=st.lists(npm, max_size=3).map(tuple),
    files=st.lists(files, max_size=3).map(tuple),
    steps=st.lists(st.lists(names, min_size=1, max_size=3).map(tuple), max_size=3).map(tuple),
)


def x86(recipe: Recipe) -> str:
    return digest(recipe, architecture="x86_64")


@given(recipe_values)
def test_is_sha256_in_hex(recipe: Recipe) -> None:
    assert len(x86(recipe)) == 64
    assert int(x86(recipe), 16) >= 0


@given(recipe_values)
def test_order_matters_among_steps_only(recipe: Recipe) -> None:
    shuffled = replace(
        recipe,
        packages=recipe.packages[::-1] + recipe.packages[:1],
        wheels=recipe.wheels[::-1],
        npm=recipe.npm[::-1],
        files=recipe.files[::-1],
    )
    assert x86(shuffled) == x86(recipe)
    backwards = replace(recipe, steps=recipe.steps[::-1])
    assert (x86(backwards) == x86(recipe)) == (recipe.steps == recipe.steps[::-1])


@given(recipe_values, npm, files)
def test_every_part_counts(recipe: Recipe, package: NpmPackage, file: ImageFile) -> None:
    changed = [
        replace(recipe, suite=recipe.suite + "x"),
        replace(recipe, packages=(*recipe.packages, "another")),
        replace(recipe, wheels=(*recipe.wheels, Wheel("another", "1", {}, {}))),
        replace(recipe, npm=(*recipe.npm, replace(package, architecture=None))),
        replace(recipe, files=(*recipe.files, file)),
        replace(recipe, steps=(*recipe.steps, ("another",))),
    ]
    assert len({x86(each) for each in (recipe, *changed)}) == 1 + len(changed)


@given(recipe_values)
def test_step_boundaries_count(recipe: Recipe) -> None:
    one = replace(recipe, steps=(("a", "b"),))
    two = replace(recipe, steps=(("a",), ("b",)))
    joined = replace(recipe, steps=(("a b",),))
    assert len({x86(one), x86(two), x86(joined)}) == 3


@given(recipe_values, npm, names)
def test_what_is_for_another_architecture_does_not_count(recipe: Recipe, package: NpmPackage, value: str) -> None:
    other = replace(recipe, npm=(*recipe.npm, replace(package, architecture="aarch64")))
    assert x86(other) == x86(recipe)
    wheel = Wheel("tool", "1", {"x86_64": "aa", "aarch64": value}, {})
    assert x86(replace(recipe, wheels=(wheel,))) == x86(
        replace(recipe, wheels=(replace(wheel, sha256={"x86_64": "aa"}),))
    )


@given(recipe_values)
def test_the_architecture_counts(recipe: Recipe) -> None:
    assert x86(recipe) != digest(recipe, architecture="aarch64")


def test_the_format_of_the_builder_counts(recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    before = x86(recipe)
    monkeypatch.setattr(recipes, "BUILDER_FORMAT", recipes.BUILDER_FORMAT + 1)
    assert x86(recipe) != before


def test_the_name_of_a_directory_is_a_prefix_of_80_bits(recipe: Recipe) -> None:
    assert directory_name(x86(recipe)) == x86(recipe)[:20]


@given(recipe_values)
def test_packages_of_other_architectures_are_left_out(recipe: Recipe) -> None:
    assert all(package.architecture in {None, "x86_64"} for package in npm_packages(recipe, architecture="x86_64"))


def test_the_eight_languages_have_six_images() -> None:
    languages = load_languages()
    digests = {name: x86(language.image) for name, language in languages.items()}
    assert digests["c"] == digests["cpp"]
    assert digests["javascript"] == digests["typescript"]
    assert len(set(digests.values())) == len(digests) - 2
