"""What the reader predicts of DPO beside PPO, and what the two runs say to it."""

from __future__ import annotations

from widgets.core.fields import Select
from widgets.core.html import Html, element
from widgets.gallery.labs.results import judged, percent
from widgets.gallery.labs.runs import Run

FASTER = (
    ("", "no guess yet"),
    ("0-1", "PPO"),
    ("1-2", "DPO, up to 2 times as fast"),
    ("2-5", "DPO, 2 to 5 times as fast"),
    ("5-20", "DPO, 5 to 20 times as fast"),
    ("20-inf", "DPO, more than 20 times as fast"),
)
KEEPS_RIGHT = (
    ("", "no guess yet"),
    ("dpo", "DPO, by more than a point"),
    ("ppo", "PPO, by more than a point"),
    ("same", "about the same, within a point"),
)


def guesses_of_dpo() -> tuple[Select, Select]:
    """Give the guesses which of DPO and PPO is faster, and which keeps more answers right."""
    return (
        Select("guess_faster", "Your guess: which trains faster on the same votes?", "", stored=True, options=FASTER),
        Select("guess_right", "Your guess: which keeps more answers right?", "", stored=True, options=KEEPS_RIGHT),
    )


def verdict_on_dpo(faster: str, right: str, dpo: Run, ppo: Run) -> Html | None:
    """Compare the guesses with the two runs that stand side by side; one that blew up is no measure.

    Args:
        faster: The option of the guess which is faster.
        right: The option of the guess which keeps more answers right.
        dpo: The reader's run of DPO.
        ppo: The reader's run of PPO on the same votes.
    """
    if not (faster or right) or not dpo.is_whole:
        return None
    said = []
    if faster:
        times = ppo.figures["train_seconds"] / dpo.figures["train_seconds"]
        low, high = (float(bound) for bound in faster.split("-"))
        said.append(
            f"Faster, you guessed: {dict(FASTER)[faster]}. DPO took {dpo.figures['train_seconds']:.1f} s and PPO "
            f"{ppo.figures['train_seconds']:.1f} s, {times:.1f} times as long: {judged(low <= times <= high)}."
        )
    if right:
        kept, ppo_kept = dpo.figures["held_out_accuracy"], ppo.figures["held_out_accuracy"]
        points = 100 * (kept - ppo_kept)
        came = "same" if abs(points) <= 1 else "dpo" if points > 0 else "ppo"
        said.append(
            f"More right, you guessed: {dict(KEEPS_RIGHT)[right]}. With DPO {percent(kept)} are right, with PPO "
            f"{percent(ppo_kept)}: {judged(came == right)}."
        )
    return element("p", " ".join(said))
