"""Which widgets there are: name → module. A module is imported only when its widget is asked for."""

from __future__ import annotations

from importlib import import_module

from widgets.core.errors import WidgetError, not_allowed
from widgets.core.widget import Widget

MODULES = {
    "lora-rank": "widgets.gallery.lora_rank",
    "human-rater": "widgets.gallery.human_rater",
    "method-comparison": "widgets.gallery.method_comparison",
    "quiz": "widgets.quiz.widget",
    "pretrain-lab": "widgets.gallery.pretrain_lab",
    "sft-lab": "widgets.gallery.sft_lab",
    "lora-lab": "widgets.gallery.lora_lab",
    "qlora-lab": "widgets.gallery.qlora_lab",
    "rlhf-lab": "widgets.gallery.rlhf_lab",
    "dpo-lab": "widgets.gallery.dpo_lab",
    "script-builder": "widgets.gallery.script_builder",
}


def get_widget(name: str) -> Widget:
    """Import and return the widget of that name; each module offers it as ``WIDGET``.

    Raises:
        WidgetError: If there is no such widget, or its file is missing.
    """
    if name not in MODULES:
        raise WidgetError(not_allowed("widget", name, MODULES))
    try:
        widget = import_module(MODULES[name]).WIDGET
    except ModuleNotFoundError as error:
        if error.name != MODULES[name]:
            raise
        raise WidgetError(f'widget "{name}" is registered, but {MODULES[name]} does not exist') from error
    assert isinstance(widget, Widget)
    return widget
