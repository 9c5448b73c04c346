"""The folder in which the commands of the pages are run: what is in it, what is made cheaper.

To make a new page's commands run, add the names that they use to the tables below.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

# Files, by what they are. Folders come into being with the files in them.
PHOTOS = (
    *("photo.jpg", "PHOTO", "panorama.tif", "M.png"),
    *("photos/cat.jpg", "photos/dog.jpg", "PHOTOS/cat.jpg", "CONTENTS/cat.jpg"),
    *(f"frames/{number:04}.png" for number in range(1, 5)),
    *(f"DATA/content/{number}.jpg" for number in range(2)),
    *(f"examples/content/{name}.jpg" for name in ("lighthouse", "mountains", "still_life", "town")),
)
PAINTINGS = (
    *("painting.jpg", "PAINTING", "style.jpg", "A", "B"),
    *(f"{name}.jpg" for name in ("a", "b", "c", "d", "ink", "swirls", "wave")),
    *("paintings/oil.jpg", "paintings/wax.jpg", "PAINTINGS/oil.jpg", "STYLES/oil.jpg"),
    *(f"{folder}/cat_stylized_oil.png" for folder in ("OURS", "THEIRS")),
    *(f"DATA/{folder}/{n}.jpg" for folder in ("style", "style_227", "style_pd") for n in range(2)),
    *(f"examples/style/{name}.jpg" for name in ("cubist", "ink", "mosaic", "pointillist")),
    *(f"examples/style/{name}.jpg" for name in ("swirls", "wave")),
)
MASKS = ("mask.png", "foreground.png", "1.png", "2.png")
CLIPS = ("clip.mp4", "CLIP", "PAINTED")
PERCEPTUAL_NETWORKS = (
    "NETS/vgg19_to_relu3_1.safetensors",
    "NETS/vgg19_distilled_16x_to_relu5_1.safetensors",
)
WEIGHTS = ("FILE",)
CHECKPOINTS = ("runs/mine/checkpoint.pt",)
ANSWERS = ("answers/one.json",)
TEXTS = {
    "pairs.csv": "photos/cat.jpg,painting.jpg\nphotos/dog.jpg,style.jpg\n",
    "photos.txt": "photos/cat.jpg\nphotos/dog.jpg\n",
    "runs/gpu/before/checkpoint.pt": "never read",
    "runs/gpu/long_before/checkpoint.pt": "never read",
}
EMPTY_FOLDERS = ("painted",)
FROM_THE_REPOSITORY = ("benchmarks", "weights", "pyproject.toml")

# Set beside the environment of the tests.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",  # tiny pictures gain nothing from threads
    "TORCHDYNAMO_DISABLE": "1",  # --compile takes half a minute
    "SLURM_ARRAY_TASK_ID": "1",
    "OUT": ".",
}


@dataclass(frozen=True)
class Cheaper:
    """How a command that begins so is made cheap. Of several, the longest beginning counts.

    Attributes:
        start: its first words.
        before: options that those of the page override.
        after: options that override those of the page.
        unless: a word with which it is left as it is.
    """

    start: str
    before: str = ""
    after: str = ""
    unless: str = ""


_SMALL_STYLE = "--style-size 96"
_ONE_STEP = "--steps 1 --crop 32 --batch-size 2 --device cpu --threads 1"
CHEAPER = (
    # Several lines of one block may write to one name: they are alternatives.
    *(
        Cheaper(f"stylectl {verb}", _SMALL_STYLE, "--overwrite")
        for verb in ("stylize", "interpolate", "multistyle", "grid", "video", "attention")
    ),
    Cheaper("stylectl train", after=_ONE_STEP),
    Cheaper("stylectl train encoder", after=_ONE_STEP),
    Cheaper(
        "stylectl evaluate",
        after=f"--size 64 --perceptual {PERCEPTUAL_NETWORKS[1]}",
        unless="--video",
    ),
    Cheaper("python benchmarks/speed.py", after="--rounds 1 --one-size 64"),
    Cheaper("python benchmarks/strokes.py", after="--preview 64 --scale 2"),
    Cheaper("python benchmarks/tiling.py", after="--threads 1 --one 0.02 64"),
    Cheaper(
        "python benchmarks/training_speed.py",
        after="--steps 1 --crop 32 --batch-size 2 --device cpu",
    ),
)
# Ended by Ctrl-C after a few seconds.
ENDLESS = ("--watch",)
# Programs that not every machine has: without them their blocks are skipped.
NOT_EVERYWHERE = ("make", "parallel")
# Options with which nothing is run: there may be no Ray; tests/test_cluster_runs.py has it.
NOT_RUN_WITH = {"--engine"}
# What is not run, and why. Of stylectl's commands the options are checked nevertheless.
NOT_RUN = {
    "pip": "installs",
    "apt-get": "installs",
    "pytest": "is running already",
    "ruff": "is no matter of the pages",
    "pyright": "is no matter of the pages",
    "torchrun": "takes long to start; tests/test_training_distributed.py has it",
    "ray": "needs several hosts",
    "sbatch": "needs a cluster; the script that it is given is run",
    "stylectl --install-completion": "asks which shell its parents are",
    "stylectl --show-completion": "asks which shell its parents are",
    "stylectl train ablation": "trains a dozen stages; tests/test_ablation_cli.py has it",
    "stylectl weights fetch": "downloads",
    "stylectl weights remove": "has nothing to remove",
    "stylectl doctor --device": "needs the device",
    "python docs/draw_figures.py": "paints for minutes",
    "python tests/fuzz.py": "searches for as long as one likes; the tests hold what it holds",
    "python tests/kills.py": "the same",
    "python examples/draw.py": "draws for minutes",
}
