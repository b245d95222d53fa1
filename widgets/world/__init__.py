"""The world of the tiny model: 64 real animals, what is true of them, and the texts made from that.

`corpus` writes the pre-training text, `qa_pairs` the fine-tuning rows, `preference_pairs` and `SimulatedRater` the
preferences, `check_answer` judges answers, `vocabulary` lists the tokens, and `tokenizer` goes between them and their
ids. Everything comes from the data files in this folder and a seed, and is the same in every Python.
"""

from widgets.world.checking import NOT_AN_ANSWER, Verdict, check_answer, is_exact_match
from widgets.world.corpus import corpus, token_stream
from widgets.world.facts import Animal, Attribute, Fact, Source, Split, World, load_world
from widgets.world.phrasing import as_prose, as_words
from widgets.world.preferences import (
    DEFAULT_TASTE,
    Choice,
    Comparison,
    PreferencePair,
    SimulatedRater,
    preference_pairs,
)
from widgets.world.questions import STYLES, QAPair, Question, Style, answer_text, chat_prompt, qa_pairs, questions
from widgets.world.vocabulary import tokenizer, unknown_words, vocabulary

__all__ = [
    "DEFAULT_TASTE",
    "NOT_AN_ANSWER",
    "STYLES",
    "Animal",
    "Attribute",
    "Choice",
    "Comparison",
    "Fact",
    "PreferencePair",
    "QAPair",
    "Question",
    "SimulatedRater",
    "Source",
    "Split",
    "Style",
    "Verdict",
    "World",
    "answer_text",
    "as_prose",
    "as_words",
    "chat_prompt",
    "check_answer",
    "corpus",
    "is_exact_match",
    "load_world",
    "preference_pairs",
    "qa_pairs",
    "questions",
    "token_stream",
    "tokenizer",
    "unknown_words",
    "vocabulary",
]
