"""Texts and JSON values as an attacker, a broken program or a full clipboard would send them, for the fuzz tests.

A fuzz test looks at 1,000 cases, always the same ones, so that a failure can be repeated. ``FT_FUZZ_CASES=10000``
looks at ten times as many, which takes a processor three minutes more: worth it after a change of the fields, of the
reader of YAML or of the bridge.
"""

from __future__ import annotations

import os
from functools import lru_cache
from html.parser import HTMLParser

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

CASES = int(os.environ.get("FT_FUZZ_CASES", 1_000))


fuzz = settings(
    max_examples=CASES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)

MARK = "attack"
"""Stands in every injected tag and attribute, so that a test can tell them from the widget's own."""

INJECTIONS = (
    f"<script>{MARK}()</script>",
    f"</script><script>{MARK}()</script>",
    f'"><img src={MARK} onerror={MARK}()>',
    f"' onmouseover='{MARK}()",
    f'" onmouseover="{MARK}()',
    f"<svg/onload={MARK}()>",
    f"<!--{MARK}-->",
    f"]]><{MARK}>",
    f"&lt;script&gt;{MARK}()",
    f"javascript:{MARK}()",
    f"`<{MARK}>`",
    "\\u003cscript\\u003e",
)
NUMBERS = "nan inf -inf Infinity 1e309 -1e309 1e-320 -0 -0.0 0x10 1_000 ١٢ 1e 9007199254740993 0.1e1 +5 1,5 NaN".split(
    " "
)
ODD = ("", " ", "\x00", "\ud800", "\u202e", "\ufeff", "\u2028", "é" * 5, "🙂", "None", "undefined", "__proto__", "\r\n")
HUGE = ("9" * 5000, "a" * 20_000, "<b>" * 4000, "," * 9000, "(" * 9000)

texts = st.one_of(
    st.sampled_from(INJECTIONS),
    st.sampled_from(NUMBERS),
    st.sampled_from(ODD),
    st.text(max_size=40),
    st.floats().map(repr),
    st.integers().map(str),
    st.builds("{}{}".format, st.text(max_size=5), st.sampled_from(INJECTIONS)),
    st.sampled_from(HUGE),
)
"""Any text: injected markup, numbers that are none, odd characters, and now and then a huge one."""

values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)
"""Any JSON value, numbers that are not finite included."""


def nested(depth: int) -> str:
    """Write a JSON text that is nested so deep that a naive reader runs out of stack."""
    return "[" * depth + "]" * depth


class _Attack(HTMLParser):
    found: str = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if tag in ("script", "iframe", "object") or MARK in tag:
            self.found += f"<{tag}> "
        for name in names:
            if name.startswith("on") or MARK in name:
                self.found += f"{name}= "
        for name, value in attrs:
            if name in ("href", "src", "action", "formaction") and (value or "").strip().startswith("javascript:"):
                self.found += f"{name}={value} "

    def handle_comment(self, data: str) -> None:
        self.found += f"<!--{data}--> "


@lru_cache(maxsize=100_000)
def attack_in(html: str) -> str:
    """Tell which injected markup came through into HTML as markup; "" if none did."""
    parser = _Attack(convert_charrefs=True)
    parser.feed(html)
    parser.close()
    return parser.found
