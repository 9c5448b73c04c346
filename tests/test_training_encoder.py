"""Distilling an encoder: it learns, only what it should, and its file starts a stylisation."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from training_parts import TINY, pool, save_images, save_vgg, tiny_vgg

from stylectl.errors import TrainingError, UsageError, WeightsError
from stylectl.evaluation.perceptual import PerceptualNetwork
from stylectl.model import PRESETS
from stylectl.model.encoder import VGG
from stylectl.training.encoder import EncoderDistillation
from stylectl.training.encoder_run import EncoderRun, train_encoder
from stylectl.training.loop import TrainingLoop
from stylectl.training.run_folder import RunFolder
from stylectl.training.settings import Budget, DistillationSettings
from stylectl.training.start import starting_network
from stylectl.weights.files import read_tensors
from stylectl.weights.vgg import load_vgg

SMALL = DistillationSettings(batch_size=2, crop=32)


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_images(tmp_path_factory.mktemp("images"), 3, seed=1)


def distillation(images: Path, settings: DistillationSettings = SMALL) -> EncoderDistillation:
    torch.manual_seed(0)
    student, teacher = VGG.from_config(TINY), PerceptualNetwork([tiny_vgg(3)])
    return EncoderDistillation(student, teacher, pool(images), settings)


def test_loss_is_the_sum_over_the_layers_that_both_have(images: Path) -> None:
    terms = distillation(images).losses()
    assert list(terms) == ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "total"]
    layers = [value.item() for name, value in terms.items() if name != "total"]
    assert terms["total"].item() == pytest.approx(sum(layers))


def test_training_reduces_the_loss(images: Path, tmp_path: Path) -> None:
    totals: list[float] = []
    loop = TrainingLoop(distillation(images), Budget(30), tmp_path, describe={})
    loop.run(lambda e: totals.append(e.losses["total"]), lambda: None)
    assert sum(totals[-5:]) < 0.8 * sum(totals[:5])


def test_the_teacher_and_the_input_transform_stay_as_they_are(images: Path, tmp_path: Path) -> None:
    task = distillation(images)
    teacher = {k: v.clone() for k, v in task.teacher.state_dict().items()}
    student = {k: v.clone() for k, v in task.student.state_dict().items()}
    TrainingLoop(task, Budget(2), tmp_path, describe={}).run(lambda _: None, lambda: None)
    assert all(torch.equal(v, teacher[k]) for k, v in task.teacher.state_dict().items())
    changed = {k for k, v in task.student.state_dict().items() if not torch.equal(v, student[k])}
    assert changed == {k for k in student if not k.startswith("color")}


def test_an_equal_student_can_reach_zero(images: Path) -> None:
    task = distillation(images)
    task.student = task.teacher.stacks[0]  # type: ignore[assignment]
    with torch.no_grad():
        for adapter in task.adapters:
            width = len(adapter.bias)  # type: ignore[arg-type]
            adapter.weight = torch.nn.Parameter(torch.eye(width)[:, :, None, None])
            adapter.bias.zero_()  # type: ignore[operator]
    assert task.losses()["total"].item() == pytest.approx(0, abs=1e-9)


def test_bf16(images: Path) -> None:
    exact = distillation(images).losses()["total"]
    coarse = distillation(
        images, DistillationSettings(batch_size=2, crop=32, precision="bf16")
    ).losses()["total"]
    assert coarse.dtype == torch.float32
    assert coarse.item() != exact.item()
    assert coarse.item() == pytest.approx(exact.item(), rel=0.05)


def test_teachers_without_a_common_layer(images: Path) -> None:
    torch.manual_seed(0)
    student = VGG({"conv1_2": (3, 4)})
    with pytest.raises(TrainingError, match="no layer in common"):
        EncoderDistillation(student, PerceptualNetwork([tiny_vgg(3)]), pool(images), SMALL)


@pytest.fixture
def run(images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EncoderRun:
    monkeypatch.setitem(PRESETS, "tiny", TINY)
    deep, wide = tiny_vgg(3), tiny_vgg(4, (6, 8), "conv2_1")
    teachers = [save_vgg(tmp_path / "wide.safetensors", wide)]
    teachers.append(save_vgg(tmp_path / "deep.safetensors", deep))
    return EncoderRun([images], teachers, "tiny", SMALL)


def test_the_file_is_an_encoder_that_says_where_it_comes_from(
    run: EncoderRun, tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path / "out", Budget(3), note="drawn by a test")
    file = train_encoder(run, folder, lambda _: None)
    assert file == tmp_path / "out" / "tiny-encoder.safetensors"
    tensors, header = read_tensors(file)
    assert header["encoder"] == TINY.to_dict()
    assert header["settings"]["crop"] == 32
    assert header["steps"] == 3
    assert header["images"] == [run.images[0].name]
    assert header["perceptual"] == ["wide.safetensors", "deep.safetensors"]
    assert header["note"] == "drawn by a test"

    vgg = load_vgg(file)
    assert vgg.layers == tuple(VGG.from_config(TINY).layers)
    network = starting_network("tiny", file, [], encoder_trains=False)
    image = torch.rand(1, 3, 32, 32)
    assert torch.equal(network.encode(image), vgg(image))
    assert all(torch.equal(tensors[k], v) for k, v in network.encoder.state_dict().items())


def test_resume_is_exact(run: EncoderRun, tmp_path: Path) -> None:
    straight = train_encoder(run, RunFolder(tmp_path / "a", Budget(4)), lambda _: None)
    out = tmp_path / "b"

    class Stop(Exception):
        pass

    def stop_after_2(event: object) -> None:
        if getattr(event, "step", 0) == 3:
            raise Stop

    folder = RunFolder(out, Budget(4), checkpoint_minutes=0.0)
    with pytest.raises(Stop):
        train_encoder(run, folder, stop_after_2)
    resumed = train_encoder(run, RunFolder(out, Budget(4), resume=True), lambda _: None)
    a, b = read_tensors(straight)[0], read_tensors(resumed)[0]
    assert all(torch.equal(a[k], b[k]) for k in a)


def test_unknown_preset_is_named_with_those_there_are(run: EncoderRun, tmp_path: Path) -> None:
    wrong = EncoderRun(run.images, run.teachers, "huge", SMALL)
    with pytest.raises(UsageError, match="huge") as caught:
        train_encoder(wrong, RunFolder(tmp_path / "out", Budget(1)), lambda _: None)
    assert "lean" in caught.value.hint


# --- what a stylisation starts from


def test_an_encoder_of_other_channels_is_refused(run: EncoderRun, tmp_path: Path) -> None:
    other = save_vgg(tmp_path / "other.safetensors", tiny_vgg(0, (8, 8, 16, 24), "conv4_1"))
    with pytest.raises(WeightsError, match=r"no encoder of preset tiny: .*conv4_1") as caught:
        starting_network("tiny", other, [], encoder_trains=False)
    assert "train encoder" in caught.value.hint


def test_a_missing_encoder_is_named(run: EncoderRun, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="nowhere"):
        starting_network("tiny", tmp_path / "nowhere.safetensors", [], encoder_trains=True)


def test_a_random_encoder_must_train(run: EncoderRun) -> None:
    with pytest.raises(TrainingError, match="needs weights"):
        starting_network("tiny", None, [], encoder_trains=False)
    starting_network("tiny", None, [], encoder_trains=True)


def test_encoder_and_init_exclude_each_other(run: EncoderRun, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="exclude"):
        starting_network("tiny", tmp_path / "a", [tmp_path / "b"], encoder_trains=False)
