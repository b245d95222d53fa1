"""Which widgets there are: name → module. A module is imported only when its widget is asked for."""

from __future__ import annotations

from importlib import import_module

from widgets.core.errors import WidgetError, not_allowed
from widgets.core.widget import Widget

MODULES = {
    "lora-rank": "widgets.gallery.lora_rank.widget",
    "human-rater": "widgets.gallery.human_rater.widget",
    "method-comparison": "widgets.gallery.method_comparison.widget",
    "quiz": "widgets.quiz.widget",
    "pretrain-lab": "widgets.gallery.labs.pretrain.view",
    "sft-lab": "widgets.gallery.labs.sft.view",
    "lora-lab": "widgets.gallery.labs.lora.view",
    "qlora-lab": "widgets.gallery.labs.qlora.view",
    "rlhf-lab": "widgets.gallery.labs.rlhf.view",
    "dpo-lab": "widgets.gallery.labs.dpo.view",
    "script-builder": "widgets.gallery.script_builder.widget",
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
