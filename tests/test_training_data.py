"""The pool of training images: what it leaves out, and what its crops are."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from PIL import Image
from training_parts import pool, save_images

from stylectl.errors import InputError, TrainingError
from stylectl.training.data import ImagePool
from stylectl.training.images import decode, image_files


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def gradient_image(path: Path, width: int, height: int) -> Path:
    """Red tells the column, green the row: a crop shows where it comes from."""
    image = Image.new("RGB", (width, height))
    image.putdata([(x, y, 0) for y in range(height) for x in range(width)])
    image.save(path)
    return path


def test_files_are_found_in_subfolders_sorted_by_any_case_of_suffix(tmp_path: Path) -> None:
    save_images(tmp_path / "b", 2, 0)
    save_images(tmp_path / "a" / "deep", 1, 0)
    (tmp_path / "a" / "UPPER.JPG").touch()
    (tmp_path / "notes.txt").write_text("no image")
    (tmp_path / "._UPPER.JPG").touch()  # as macOS leaves them
    (tmp_path / "folder.png").mkdir()
    names = [f.relative_to(tmp_path).as_posix() for f in image_files([tmp_path])[0]]
    assert names == ["a/UPPER.JPG", "a/deep/00.png", "b/00.png", "b/01.png"]


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="nowhere"):
        image_files([tmp_path / "nowhere"])


def test_a_file_as_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "one.png").touch()
    with pytest.raises(TrainingError, match=r"one\.png is a file"):
        image_files([tmp_path / "one.png"])


def test_folder_without_image_files_is_named(tmp_path: Path) -> None:
    good = save_images(tmp_path / "good", 1, 0)
    (tmp_path / "hollow").mkdir()
    (tmp_path / "hollow" / "readme.md").touch()
    with pytest.raises(TrainingError, match="hollow"):
        image_files([good, tmp_path / "hollow"])


def test_unreadable_images_are_left_out_and_named(tmp_path: Path) -> None:
    save_images(tmp_path, 3, 0)
    (tmp_path / "text.jpg").write_text("no image at all")
    (tmp_path / "empty.png").touch()
    whole = (tmp_path / "00.png").read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    images = pool(tmp_path)
    assert len(images) == 3
    named = {u.path.name: u.reason for u in images.unreadable}
    assert sorted(named) == ["empty.png", "half.png", "text.jpg"]
    assert all(name in reason for name, reason in named.items())
    images.batch(4, 32, (0.5, 1.5), generator())


def test_folder_without_a_readable_image_is_named(tmp_path: Path) -> None:
    good, bad = save_images(tmp_path / "good", 2, 0), tmp_path / "bad"
    bad.mkdir()
    (bad / "a.png").write_text("x")
    (good / "b.png").write_text("x")
    with pytest.raises(TrainingError, match="bad") as caught:
        ImagePool(image_files([good, bad]))
    assert "a.png" in caught.value.hint  # why, of the folder itself and not of another


def test_any_image_mode_becomes_rgb(tmp_path: Path) -> None:
    for mode in ("L", "1", "P", "RGBA", "LA", "CMYK", "I;16"):
        suffix = "tiff" if mode == "CMYK" else "png"
        Image.new(mode, (40, 40)).save(tmp_path / f"{mode.replace(';', '')}.{suffix}")
    images = pool(tmp_path)
    assert (len(images), images.unreadable) == (7, [])
    assert images.batch(9, 32, (1, 1), generator()).shape == (9, 3, 32, 32)


def test_grey_stays_grey(tmp_path: Path) -> None:
    Image.new("L", (40, 40), 102).save(tmp_path / "grey.png")
    crop = pool(tmp_path).batch(1, 32, (1, 1), generator())
    assert torch.allclose(crop, torch.full_like(crop, 0.4))


def test_large_images_are_reduced_to_the_limit_of_their_short_side(tmp_path: Path) -> None:
    gradient_image(tmp_path / "wide.png", 200, 100)
    assert decode(tmp_path / "wide.png", 50).shape == (3, 50, 100)
    assert decode(tmp_path / "wide.png", 100).shape == (3, 100, 200)
    assert decode(tmp_path / "wide.png", 512).shape == (3, 100, 200)  # never enlarged
    assert decode(tmp_path / "wide.png", 50).dtype == torch.uint8


def test_crops_are_the_same_for_the_same_generator(tmp_path: Path) -> None:
    images = pool(save_images(tmp_path, 4, 0))
    first, again, other = (images.batch(6, 32, (0.5, 2), generator(s)) for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_crops_differ_from_each_other_and_stay_in_range(tmp_path: Path) -> None:
    crops = pool(save_images(tmp_path, 3, 0)).batch(8, 32, (0.5, 2), generator())
    assert crops.shape == (8, 3, 32, 32)
    assert crops.dtype == torch.float32
    assert crops.min() >= 0 and crops.max() <= 1
    assert len({tuple(c.flatten().tolist()) for c in crops}) == 8


def test_a_crop_at_zoom_1_is_a_piece_of_the_image_pixel_for_pixel(tmp_path: Path) -> None:
    gradient_image(tmp_path / "a.png", 100, 80)
    flipped = 0
    for crop in pool(tmp_path).batch(20, 32, (1, 1), generator()) * 255:
        columns, rows = crop[0, 0], crop[1, :, 0]
        step = (columns[1] - columns[0]).item()
        assert abs(step) == pytest.approx(1, abs=1e-3)
        flipped += step < 0
        assert torch.allclose(rows.diff(), torch.ones(31), atol=1e-3)
    assert 3 < flipped < 17


def test_zoom_decides_how_much_of_the_image_a_crop_shows(tmp_path: Path) -> None:
    gradient_image(tmp_path / "a.png", 200, 200)
    images = pool(tmp_path)

    def shown(zoom: float) -> float:
        crop = images.batch(1, 32, (zoom, zoom), generator())[0, 0] * 255
        return (crop.max() - crop.min()).item()

    assert shown(0.25) == pytest.approx(128, abs=5)
    assert shown(1) == pytest.approx(31, abs=1)
    assert shown(4) == pytest.approx(8, abs=2)


def test_images_smaller_than_the_crop_are_enlarged_whole(tmp_path: Path) -> None:
    gradient_image(tmp_path / "tiny.png", 9, 7)
    Image.new("RGB", (1, 1), (255, 0, 0)).save(tmp_path / "one.png")
    crops = pool(tmp_path).batch(8, 64, (0.5, 1), generator())
    assert crops.shape == (8, 3, 64, 64)
    assert torch.isfinite(crops).all()


def test_folders_are_drawn_from_equally_however_many_images_they_hold(tmp_path: Path) -> None:
    many, few = tmp_path / "many", tmp_path / "few"
    for folder, count, level in ((many, 9, 0), (few, 1, 255)):
        folder.mkdir()
        for index in range(count):
            Image.new("RGB", (32, 32), (level,) * 3).save(folder / f"{index}.png")
    images = ImagePool(image_files([many, few]))
    white = images.batch(400, 32, (1, 1), generator()).mean((1, 2, 3)).mean().item()
    assert white == pytest.approx(0.5, abs=0.08)


def test_every_image_of_a_folder_is_drawn(tmp_path: Path) -> None:
    for level in range(0, 200, 20):
        Image.new("RGB", (32, 32), (level,) * 3).save(tmp_path / f"{level:03d}.png")
    crops = pool(tmp_path).batch(150, 32, (1, 1), generator())
    assert len(crops.mean((1, 2, 3)).unique()) == 10


def test_images_that_do_not_fit_into_memory_are_read_when_drawn(tmp_path: Path) -> None:
    save_images(tmp_path, 4, 0, size=(40, 40))
    whole, partly = pool(tmp_path), pool(tmp_path, memory=2 * 40 * 40 * 3)
    assert (whole.on_demand, partly.on_demand) == (0, 2)
    assert len(partly) == 4
    a, b = (p.batch(12, 32, (0.5, 2), generator()) for p in (whole, partly))
    assert torch.equal(a, b)
    for file in tmp_path.iterdir():
        file.unlink()
    whole.batch(12, 32, (1, 1), generator())
    with pytest.raises(InputError, match="does not exist"):
        partly.batch(12, 32, (1, 1), generator())
