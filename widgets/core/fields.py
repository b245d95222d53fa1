"""Fields: what a widget's state consists of, and the native form controls through which a reader changes it.

A widget's state is flat: one **text** per field, exactly as the form control, the address bar or local storage
holds it. So the page's script compares and carries texts only, and every check of a value stands here, in
:meth:`Field.parse`. The default of a field is one of its allowed texts.

A ``Field[T]`` is a field whose texts stand for values of type ``T``, so ``view[RANK]`` is known to be an ``int`` where
``RANK`` is a :class:`Number`.

>>> rank = Number("rank", "Rank", "8", minimum=1, maximum=256)
>>> rank.parse("16")
16
>>> rank.parse("0")
Traceback (most recent call last):
    ...
widgets.core.fields.FieldError: Rank must be a whole number from 1 to 256; found "0"
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Generic, TypeAlias, TypeVar

from widgets.core.errors import WidgetError, not_allowed
from widgets.core.html import Html, element

State = Mapping[str, str]

T_co = TypeVar("T_co", covariant=True)
Num_co = TypeVar("Num_co", bound=float, covariant=True)


class FieldError(WidgetError):
    """A text is not an allowed value of its field. The message is written for the reader."""


@dataclass(frozen=True)
class Field(Generic[T_co]):
    """One entry of a widget's state, whose texts stand for values of type ``T_co``.

    Attributes:
        name: The Python parameter's name; also the form control's name and the key in the address bar.
        label: What the reader sees beside the control.
        default: The text that stands for "nothing was changed".
        help: One sentence under the control, or "".
        stored: True keeps the field in the reader's local storage, False in the address bar.
        shown_when: ``(field name, text)``: the control is shown only while that field holds that text, or one of
            several joined by ``|``.
        max_length: Longer texts are refused before anything looks at them, in characters.
        kept_as: For a stored field that belongs to another widget: ``(place, field name)`` under which that one keeps
            it. It is read here, and never written.
    """

    name: str
    label: str
    default: str
    help: str = ""
    stored: bool = False
    shown_when: tuple[str, str] | None = None
    max_length: int = 64
    kept_as: tuple[str, str] | None = None

    def parse(self, text: str) -> T_co:
        """Turn a text into the field's value.

        Raises:
            FieldError: If the text is not allowed.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say what its texts stand for")

    def variations(self) -> tuple[str, ...]:
        """List the texts whose answers are worked out at build time."""
        return (self.default,)

    def control(self, element_id: str) -> Html:
        """Build the form control without its label; ``element_id`` is the control's id on the page."""
        raise WidgetError(f"field {self.name} has no control")


Fields: TypeAlias = tuple[Field[object], ...]
"""The fields of a widget, whatever their values are."""


@dataclass(frozen=True)
class HiddenValue(Field[T_co]):
    """A field without a control, changed by buttons and runs only (votes, the results of training).

    Attributes:
        most_items: For a list to which runs add (items joined by commas, or a JSON array): how many items it holds.
            What two tabs add to it is kept from both. 0 for any other text.
    """

    most_items: int = 0


@dataclass(frozen=True)
class Hidden(HiddenValue[str]):
    """A field without a control whose value is its text (the number of the attempt).

    Attributes:
        pattern: Regular expression which the whole text must match.
    """

    pattern: str = ".*"

    def parse(self, text: str) -> str:
        """Return the text if it matches the pattern; raise :class:`FieldError` if not."""
        if len(text) > self.max_length or not re.fullmatch(self.pattern, text):
            raise FieldError(f"{self.label} could not be read and starts anew")
        return text


@dataclass(frozen=True)
class NumberBox(Field[Num_co]):
    """A number typed into a box, with a slider beside it where ``slider`` is given: what both kinds share.

    Attributes:
        minimum, maximum: Allowed range, both ends included.
        unit: Written behind the box, or "".
        slider: "" for none, "linear", or "log2" for one whose stops are the powers of two.
        step: Distance of the stops of a linear slider.
        stops: Texts whose answers are worked out at build time; for a "log2" slider all powers of two.
    """

    minimum: float = 0
    maximum: float = 100
    unit: str = ""
    slider: str = ""
    step: float = 1
    stops: tuple[str, ...] = ()

    what: ClassVar[str]
    box_step: ClassVar[str]
    box_inputmode: ClassVar[str]

    def _number(self, text: str) -> float:
        """Read a number; NaN for a text that is none, is not finite or is out of range."""
        try:
            value = float(text) if len(text) <= self.max_length and text.isascii() and "_" not in text else math.nan
        except ValueError:
            return math.nan
        return value if self.minimum <= value <= self.maximum else math.nan

    def _refusal(self, text: str) -> FieldError:
        return FieldError(
            f"{self.label} must be {self.what} from {plain(self.minimum)} to {plain(self.maximum)}; "
            f'found "{text[: self.max_length]}"'
        )

    def variations(self) -> tuple[str, ...]:
        """List the default, the stops and, for a logarithmic slider, every power of two in the range."""
        powers: tuple[str, ...] = ()
        if self.slider == "log2":
            exponents = range(math.ceil(math.log2(self.minimum)), math.floor(math.log2(self.maximum)) + 1)
            powers = tuple(str(2**exponent) for exponent in exponents)
        return tuple(dict.fromkeys((self.default, *powers, *self.stops)))

    def control(self, element_id: str) -> Html:
        """Build the number box and, if there is one, the slider that mirrors it."""
        box = self.box(element_id)
        unit = element("span", self.unit, class_="ft-unit") if self.unit else None
        if not self.slider:
            return element("span", box, unit, class_="ft-number")
        logarithmic = self.slider == "log2"
        position = math.log2(float(self.default)) if logarithmic else float(self.default)
        slider = element(
            "input",
            type="range",
            data_mirror=self.name,
            data_scale=self.slider,
            value=plain(round(position, 4)),
            min=plain(math.log2(self.minimum) if logarithmic else self.minimum),
            max=plain(math.log2(self.maximum) if logarithmic else self.maximum),
            step=plain(1 if logarithmic else self.step),
            aria_label=f"{self.label} (slider)",
            aria_valuetext=f"{self.label} {self.default} {self.unit}".strip(),
            data_unit=self.unit or None,
            autocomplete="off",
        )
        return element("span", slider, box, unit, class_="ft-number ft-number-slider")

    def box(self, element_id: str) -> Html:
        """Build the number box alone; ``element_id`` is its id on the page."""
        return element(
            "input",
            type="number",
            id=element_id,
            name=self.name,
            value=self.default,
            min=plain(self.minimum),
            max=plain(self.maximum),
            step=self.box_step,
            inputmode=self.box_inputmode,
            autocomplete="off",
        )


@dataclass(frozen=True)
class Number(NumberBox[int]):
    """A whole number."""

    what = "a whole number"
    box_step = "1"
    box_inputmode = "numeric"

    def parse(self, text: str) -> int:
        """Return the number; raise :class:`FieldError` if it is none, not whole or out of range."""
        value = self._number(text)
        if math.isnan(value) or value != math.floor(value):
            raise self._refusal(text)
        return int(value)


@dataclass(frozen=True)
class Real(NumberBox[float]):
    """A number that may have decimals."""

    what = "a number"
    box_step = "any"
    box_inputmode = "decimal"

    def parse(self, text: str) -> float:
        """Return the number; raise :class:`FieldError` if it is none, not finite or out of range."""
        value = self._number(text)
        if math.isnan(value):
            raise self._refusal(text)
        return value


@dataclass(frozen=True)
class Select(Field[str]):
    """One of several options, in a drop-down list.

    Attributes:
        options: ``(text, label)`` or ``(text, label, group)`` for each option.
    """

    options: tuple[tuple[str, ...], ...] = ()

    def parse(self, text: str) -> str:
        """Return the text if it is an option; raise :class:`FieldError` if not."""
        allowed = [option[0] for option in self.options]
        if text not in allowed:
            raise FieldError(f"{self.label}: {not_allowed('value', text[: self.max_length], allowed)}")
        return text

    def variations(self) -> tuple[str, ...]:
        """List every option."""
        return tuple(option[0] for option in self.options)

    def control(self, element_id: str) -> Html:
        """Build the drop-down list, its options in their groups."""
        groups: dict[str, list[Html]] = {}
        for option in self.options:
            text, label, group = (*option, "")[:3]
            written = element("option", label, value=text, selected=text == self.default)
            groups.setdefault(group, []).append(written)
        content = [element("optgroup", written, label=group) if group else written for group, written in groups.items()]
        return element("select", content, id=element_id, name=self.name, autocomplete="off")


@dataclass(frozen=True)
class Text(Field[str]):
    """A short text typed into a box.

    Attributes:
        pattern: Regular expression which the whole text must match.
        expected: What to write, for the message: ``the name of a folder, such as my-model``.
    """

    pattern: str = ".*"
    expected: str = ""

    def parse(self, text: str) -> str:
        """Return the text if it matches the pattern; raise :class:`FieldError` if not."""
        if len(text) > self.max_length or not re.fullmatch(self.pattern, text, re.ASCII):
            raise FieldError(f'{self.label} must be {self.expected}; found "{text[: self.max_length]}"')
        return text

    def control(self, element_id: str) -> Html:
        """Build the text box."""
        return element(
            "input",
            type="text",
            id=element_id,
            name=self.name,
            value=self.default,
            maxlength=self.max_length,
            spellcheck="false",
            autocapitalize="none",
            autocomplete="off",
        )


@dataclass(frozen=True)
class Toggle(Field[bool]):
    """Yes or no, as a checkbox; the texts are ``on`` and ``off``."""

    def parse(self, text: str) -> bool:
        """Return True for ``on`` and False for ``off``; raise :class:`FieldError` for anything else."""
        if text not in ("on", "off"):
            raise FieldError(f"{self.label}: {not_allowed('value', text[: self.max_length], ['on', 'off'])}")
        return text == "on"

    def variations(self) -> tuple[str, ...]:
        """List both texts."""
        return ("on", "off")

    def control(self, element_id: str) -> Html:
        """Build the checkbox."""
        return element(
            "input",
            type="checkbox",
            id=element_id,
            name=self.name,
            checked=self.default == "on",
            autocomplete="off",
        )


@dataclass(frozen=True)
class Several(Field[tuple[str, ...]]):
    """Some of several options, as checkboxes; the text is the chosen ones in their order, joined by commas.

    Attributes:
        options: ``(text, label)`` for each option; a text contains no comma.
        at_least: How many must be chosen.
    """

    options: tuple[tuple[str, str], ...] = ()
    at_least: int = 0
    max_length: int = 400

    def parse(self, text: str) -> tuple[str, ...]:
        """Return the chosen options in their order; raise :class:`FieldError` if one is unknown or too few are."""
        allowed = [option[0] for option in self.options]
        chosen = [part for part in text[: self.max_length].split(",") if part]
        for part in chosen:
            if part not in allowed:
                raise FieldError(f"{self.label}: {not_allowed('value', part, allowed)}")
        if len(set(chosen)) < self.at_least:
            raise FieldError(f"{self.label}: choose at least {self.at_least}")
        return tuple(option for option in allowed if option in chosen)

    def variations(self) -> tuple[str, ...]:
        """List the default and every text that differs from it in one checkbox, as far as it is allowed."""
        chosen = set(self.parse(self.default))
        texts = [self.default]
        for option, _ in self.options:
            changed = chosen ^ {option}
            if len(changed) >= self.at_least:
                texts.append(",".join(text for text, _ in self.options if text in changed))
        return tuple(texts)

    def control(self, element_id: str) -> Html:
        """Build the checkboxes, each with its label."""
        chosen = self.parse(self.default)
        return element(
            "span",
            (
                element(
                    "label",
                    element(
                        "input",
                        type="checkbox",
                        id=f"{element_id}-{text}",
                        name=self.name,
                        value=text,
                        checked=text in chosen,
                        autocomplete="off",
                    ),
                    element("span", label),
                    class_="ft-check",
                )
                for text, label in self.options
            ),
            class_="ft-checks",
        )


def plain(number: float) -> str:
    """Write a number without a needless decimal point and without an exponent.

    >>> plain(8.0), plain(0.5), plain(1e-05)
    ('8', '0.5', '0.00001')
    """
    return str(int(number)) if number == math.floor(number) else f"{Decimal(repr(number)):f}"


def labelled(field: Field[object], widget_id: str) -> Html:
    """Build a field's row: label, control, help; a group of checkboxes becomes a fieldset.

    Args:
        field: The field.
        widget_id: The widget's id on the page; the control's id is ``WIDGET_ID-NAME``.
    """
    element_id = f"{widget_id}-{field.name}"
    note = element("small", field.help, class_="ft-help") if field.help else None
    condition = "=".join(field.shown_when) if field.shown_when else None
    control = field.control(element_id)
    if isinstance(field, Several):
        row = element("fieldset", element("legend", field.label), control, note, class_="ft-group")
    elif isinstance(field, Toggle):
        row = element("label", control, element("span", field.label), note, class_="ft-check")
    else:
        row = join_label(field, element_id, control, note)
    return element("div", row, class_="ft-field", data_shown_when=condition, hidden=condition is not None)


def join_label(field: Field[object], element_id: str, control: Html, note: Html | None) -> Html:
    """Put a label before a control and its help behind it."""
    return Html(element("label", field.label, for_=element_id) + control + (note or ""))


def controls(fields: Iterable[Field[object]], widget_id: str) -> Html:
    """Build the rows of all fields that have a control."""
    return Html("".join(labelled(field, widget_id) for field in fields if not isinstance(field, HiddenValue)))
