"""What can be chosen for a study, its defaults and its limits; without Pillow."""

from __future__ import annotations

from dataclasses import dataclass

from stylectl.errors import UsageError
from stylectl.stylize.settings import check_seed, check_size

QUESTIONS = ("content", "style", "overall")  # in the order in which page.html asks them
MOST_METHODS = 9  # nobody compares more at once, and they are the keys 1 to 9


@dataclass(frozen=True)
class StudySettings:
    """How a study's page is made.

    Attributes:
        pairs: how many pairs each person is shown.
        pool: the most pairs on the page, from which each person's are drawn.
        size: the long edge of the embedded pictures in pixels; smaller ones stay as they are.
        seed: decides which pairs are in the pool, and the order of what is in the file.

    Raises:
        UsageError: a value is out of range.
    """

    pairs: int = 20
    pool: int = 100
    size: int = 512
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value in (("pairs", self.pairs), ("pool", self.pool)):
            if value < 1:
                raise UsageError(f"{name} is {value}", "give how many pairs, 1 or more")
        if self.pool < self.pairs:
            raise UsageError(
                f"pool is {self.pool}, fewer than the {self.pairs} pairs for each person",
                "raise --pool or lower --pairs",
            )
        check_size("size", self.size)
        check_seed(self.seed)
