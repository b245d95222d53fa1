"""What a KL penalty is good for: the reader's guess, and a run without one beside a run with one."""

from __future__ import annotations

from widgets.core.fields import Select
from widgets.core.html import Html, element
from widgets.gallery.labs.results import judged, percent
from widgets.gallery.labs.runs import Run
from widgets.gallery.labs.selection import Selection, beside, last

GUESSES = (
    ("", "no guess yet"),
    ("higher-more", "a higher reward, and more wrong answers"),
    ("higher-fewer", "a higher reward, and no more wrong answers"),
    ("lower-more", "no higher reward, and more wrong answers"),
    ("lower-fewer", "no higher reward, and no more wrong answers"),
)


def guess_without_penalty() -> Select:
    """Give the guess of what a KL coefficient of 0 does."""
    label = "Your guess: beside a run with a KL penalty, one with a KL coefficient of 0 will have …"
    return Select("guess", label, "", stored=True, options=GUESSES)


def has_penalty(run: Run) -> bool:
    """Say whether a run was held to the starting model, and came to its end."""
    return run.is_whole and float(run.settings["kl_coeff"]) > 0


def _is_free(run: Run) -> bool:
    return run.is_whole and float(run.settings["kl_coeff"]) == 0


def pair_of(selection: Selection) -> tuple[Run | None, Run | None]:
    """Give the last run without a penalty, and the last one with a penalty on the same votes.

    The reader's; a recorded run with a penalty does, if the reader has made none.
    """
    free = last(selection.runs, _is_free)
    return free, beside(free, (*selection.recorded, *selection.own), ("vote_set",), has_penalty) if free else None


def over_optimisation(selection: Selection) -> Html | None:
    """Point out a run without a KL penalty that has no lower reward, but more wrong answers, on the same votes."""
    free, held = pair_of(selection)
    if free is None or held is None:
        return None
    reward, held_reward = free.figures["reward_mean"], held.figures["reward_mean"]
    wrong, held_wrong = free.figures["wrong_share"], held.figures["wrong_share"]
    if reward < held_reward or wrong <= held_wrong:
        return None
    return element(
        "p",
        element("strong", "Over-optimisation. "),
        f"Without a KL penalty the reward is no lower ({reward:.3f} against {held_reward:.3f}), and yet "
        f"{100 * wrong:.0f} % of the answers are wrong instead of {100 * held_wrong:.0f} %. The reward "
        "model is content with them; whoever voted would not be.",
        class_="ft-note",
    )


def verdict_without_penalty(guess: str, selection: Selection) -> Html | None:
    """Compare the guess with the reader's last run without a penalty, or say which run is still missing."""
    if not guess or not selection.own:
        return None
    free, held = pair_of(selection)
    if free is None:
        return element("p", "Your guess waits for a run with a KL coefficient of 0.")
    if held is None:
        return element("p", "Your guess waits for a run with a KL coefficient above 0 on the same votes.")
    reward, held_reward = free.figures["reward_mean"], held.figures["reward_mean"]
    wrong, held_wrong = free.figures["wrong_share"], held.figures["wrong_share"]
    source = "" if held in selection.own else " (recorded)"
    came = f"{'higher' if reward > held_reward else 'lower'}-{'more' if wrong > held_wrong else 'fewer'}"
    return element(
        "p",
        f"You guessed {dict(GUESSES)[guess]}. Without a penalty the reward came to {reward:.3f}, with a "
        f"coefficient of {held.settings['kl_coeff']}{source} to {held_reward:.3f}, and {percent(wrong)} of the answers "
        f"are wrong instead of {percent(held_wrong)}: {judged(came == guess)}.",
    )
