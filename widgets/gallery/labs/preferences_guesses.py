"""What the reader predicts of PPO and of DPO, and what the runs say to it.

Both labs keep their fields in one place, so each guess has a name of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from widgets.core.fields import Select
from widgets.core.html import Html, element
from widgets.gallery.labs.preferences_runs import PreferenceRun
from widgets.gallery.labs.results import percent

WITHOUT_PENALTY = (
    ("", "no guess yet"),
    ("higher-more", "a higher reward, and more wrong answers"),
    ("higher-fewer", "a higher reward, and no more wrong answers"),
    ("lower-more", "no higher reward, and more wrong answers"),
    ("lower-fewer", "no higher reward, and no more wrong answers"),
)
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


def guess_without_penalty() -> Select:
    """Give the guess of what a KL coefficient of 0 does."""
    label = "Your guess: beside a run with a KL penalty, one with a KL coefficient of 0 will have …"
    return Select("guess", label, "", stored=True, options=WITHOUT_PENALTY)


def guesses_of_dpo() -> tuple[Select, Select]:
    """Give the guesses which of DPO and PPO is faster, and which keeps more answers right."""
    return (
        Select("guess_faster", "Your guess: which trains faster on the same votes?", "", stored=True, options=FASTER),
        Select("guess_right", "Your guess: which keeps more answers right?", "", stored=True, options=KEEPS_RIGHT),
    )


def verdict_without_penalty(guess: str, own: Sequence[PreferenceRun], recorded: Sequence[PreferenceRun]) -> Html | None:
    """Compare the guess with the reader's first run without a penalty, or say which run is still missing.

    Args:
        guess: The option.
        own: The reader's runs of PPO.
        recorded: The recorded ones; one with a penalty on the same votes does, if the reader has made none.
    """
    if not guess or not own:
        return None
    freed = [run for run in own if _kl_coeff(run) == 0 and _is_whole(run)]
    if not freed:
        return element("p", "Your guess waits for a run with a KL coefficient of 0.")
    pairs = [
        (free, held)
        for free in freed
        for held in (*own, *recorded)
        if _kl_coeff(held) > 0 and _is_whole(held) and _are_on_the_same_votes(free, held)
    ]
    if not pairs:
        return element("p", "Your guess waits for a run with a KL coefficient above 0 on the same votes.")
    free, held = pairs[0]
    reward, held_reward = free.figures["reward_mean"], held.figures["reward_mean"]
    wrong, held_wrong = free.figures["wrong_share"], held.figures["wrong_share"]
    source = "" if held in own else " (recorded)"
    came = f"{'higher' if reward > held_reward else 'lower'}-{'more' if wrong > held_wrong else 'fewer'}"
    return element(
        "p",
        f"You guessed {dict(WITHOUT_PENALTY)[guess]}. Without a penalty the reward came to {reward:.3f}, with a "
        f"coefficient of {held.settings['kl_coeff']}{source} to {held_reward:.3f}, and {percent(wrong)} of the answers "
        f"are wrong instead of {percent(held_wrong)}: {_words(came == guess)}.",
    )


def verdict_on_dpo(
    faster: str, right: str, dpo_runs: Sequence[PreferenceRun], ppo_runs: Sequence[PreferenceRun]
) -> Html | None:
    """Compare the guesses with the reader's first two runs of DPO and PPO on the same votes.

    Args:
        faster: The option of the guess which is faster.
        right: The option of the guess which keeps more answers right.
        dpo_runs: The reader's runs of DPO.
        ppo_runs: The reader's runs of PPO.
    """
    pairs = [
        (dpo, ppo)
        for dpo in dpo_runs
        for ppo in ppo_runs
        if _is_whole(dpo) and _is_whole(ppo) and _are_on_the_same_votes(dpo, ppo)
    ]
    if not pairs or not (faster or right):
        return None
    dpo, ppo = pairs[0]
    said = []
    if faster:
        times = ppo.figures["train_seconds"] / dpo.figures["train_seconds"]
        low, high = (float(bound) for bound in faster.split("-"))
        said.append(
            f"Faster, you guessed: {dict(FASTER)[faster]}. DPO took {dpo.figures['train_seconds']:.1f} s and PPO "
            f"{ppo.figures['train_seconds']:.1f} s, {times:.1f} times as long: {_words(low <= times <= high)}."
        )
    if right:
        kept, ppo_kept = dpo.figures["held_out_accuracy"], ppo.figures["held_out_accuracy"]
        points = 100 * (kept - ppo_kept)
        came = "same" if abs(points) <= 1 else "dpo" if points > 0 else "ppo"
        said.append(
            f"More right, you guessed: {dict(KEEPS_RIGHT)[right]}. With DPO {percent(kept)} are right, with PPO "
            f"{percent(ppo_kept)}: {_words(came == right)}."
        )
    return element("p", " ".join(said))


def _kl_coeff(run: PreferenceRun) -> float:
    return float(run.settings["kl_coeff"])


def _is_whole(run: PreferenceRun) -> bool:
    """Say whether a run came to its end: one that blew up is no measure of its method."""
    return "diverged_step" not in run.figures


def _are_on_the_same_votes(one: PreferenceRun, other: PreferenceRun) -> bool:
    return one.settings["vote_set"] == other.settings["vote_set"]


def _words(is_right: bool) -> str:
    return "you were right" if is_right else "that was off"
