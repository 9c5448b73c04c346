"""What is installed is what is tested, and holds what it needs."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import pytest

import stylectl
from stylectl.resources import bundled_folder

PACKAGE = Path(stylectl.__file__).parent


@pytest.fixture
def installed() -> metadata.Distribution:
    """The wheel that is installed; a checkout that is run from, or editable, has none."""
    try:
        distribution = metadata.distribution("stylectl")
    except metadata.PackageNotFoundError:
        pytest.skip("stylectl is not installed")
    if not Path(str(distribution.locate_file("stylectl/__init__.py"))).exists():
        pytest.skip("stylectl is installed as editable")
    return distribution


def test_the_tests_import_the_wheel(installed: metadata.Distribution) -> None:
    assert Path(str(installed.locate_file("stylectl"))).resolve() == PACKAGE.resolve()
    assert installed.version == stylectl.__version__


def test_the_wheel_brings_weights_recipes_examples_and_licence(
    installed: metadata.Distribution,
) -> None:
    assert PACKAGE in bundled_folder("weights").parents
    files = {str(file) for file in installed.files or ()}
    for name in (
        "stylectl/bundled/weights/lean.safetensors",
        "stylectl/bundled/weights/README.md",
        "stylectl/bundled/weights/recipes/lean.toml",
        "stylectl/bundled/examples/content/lighthouse.jpg",
        "stylectl/bundled/examples/style/swirls.jpg",
        "stylectl/study/page.html",
    ):
        assert name in files
    assert any(file.endswith("licenses/LICENSE") for file in files)
