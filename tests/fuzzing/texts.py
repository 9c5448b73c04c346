"""TOML that is damaged by character or by meaning, and lists of any nonsense."""

from __future__ import annotations

from random import Random

RECIPE = """\
preset = "lean"
batch_size = 4
model = { style_stride = 4, gate = "affine", channels = [8, 8, 16, 32] }

[[stages]]
name = "encoder"
task = "encoder"
steps = 8
images = ["photos"]
teacher = ["vgg.safetensors"]

[[stages]]
name = "painting"
content = ["photos"]
style = ["paintings"]
perceptual = ["vgg.safetensors"]
minutes = 0.5
style_zoom = [0.5, 1.0]
content_weight = 3
"""

SETTINGS = """\
strength = 0.8
tile = 512
device = "cpu"
style_size = 256

[stylize]
stroke_size = "2%"
seed = 7

[video]
crf = 20
weights = "lean"

[study.make]
seed = 3
"""

# What a value may be replaced by: every type, and the extremes of each.
_VALUES = (
    "0", "-1", "1e999", "nan", "-inf", "true", '""', '"x"', '"\\u0000"', "[]", "{}", "[[1]]",
    "9223372036854775807", "-9223372036854775808", "99999999999999999999", "1979-05-27",
    "07:32:00", '["a", 1]', '[""]', "{a = 1}", '"' + "x" * 3000 + '"', "[" * 500 + "]" * 500,
    '"../../etc"', '"~nobody/x"', '"~"', "'''\n\n'''", "0x7fffffff", "1_0", '"0x10"', '"lean.pth"',
)  # fmt: skip
_LINES = ("[stages]", "[[stages]]", "stages = 1", "[a.b.c]", "key", "= 1", "\0", "\ufeff", "# c")


def damaged_text(text: str, random: Random) -> str:
    """Lines lost, doubled, mixed up, and values of other types."""
    lines = text.splitlines()
    for _ in range(random.choice((1, 1, 2, 4))):
        if not lines:
            break
        at = random.randrange(len(lines))
        kind = random.randrange(5)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, random.choice([*lines, *_LINES]))
        elif kind == 2:
            lines.insert(at, lines.pop(random.randrange(len(lines))))
        else:
            key = lines[at].partition("=")[0].strip() or "key"
            lines[at] = f"{key} = {random.choice(_VALUES)}"
    return "\n".join(lines)
