"""The sentence under the script builder: what the tests have done with its scripts, with which versions, and when.

It comes from ``records/scripts.json``, which a run of the covering sample writes, and holds only while the builder
still writes the very same texts: their fingerprint stands in the report.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from widgets.core.errors import BuildError
from widgets.site.sources.folders import RECORDS
from widgets.site.sources.script_sample import fingerprint
from widgets.site.sources.wording import long_date, version_list

REPORT = RECORDS / "scripts.json"


def load_script_report(path: Path = REPORT) -> dict[str, Any] | None:
    """Read the report of the last run of the sample; None if there is none.

    Raises:
        BuildError: If the file is not a report.
    """
    if not path.is_file():
        return None
    try:
        report = dict(json.loads(path.read_text(encoding="utf-8")))
        sentence(report)
    except (ValueError, KeyError, TypeError) as error:
        raise BuildError(f"{path.name} is not a report of scripts: {error!r}; make it anew: make listings") from error
    return report


def sentence(report: dict[str, Any]) -> str:
    """Say what a report says of a sample that passed."""
    libraries = version_list(report["versions"], report["python"])
    return (
        f"{report['ran']} of these scripts, among which every two choices that go together meet, ran from start to "
        f"end with {libraries}, and the calls of all {report['compiled']:,} combinations fit these versions — checked "
        f"{long_date(report['checked'])} on a CPU, with tiny random stand-ins for models and data. There, two "
        "processes trained together, with copies of the model, and with FSDP after accelerate was told to take "
        "processors for GPUs. Not run for want of GPUs: mixed precision, FSDP with a 4-bit base, and DeepSpeed ZeRO-3, "
        "which is made for GPUs and not installed here; accelerate reads their configurations."
    )


def script_stamp(path: Path = REPORT) -> dict[str, str]:
    """Give status and sentence for what the builder writes now.

    Raises:
        BuildError: If the report cannot be read.
    """
    report = load_script_report(path)
    if report is None:
        return {"status": "unchecked", "text": "These scripts were not checked yet."}
    day = long_date(report["checked"])
    if report["fingerprint"] != fingerprint():
        return {"status": "changed", "text": f"The scripts have changed since they were last checked, on {day}."}
    if report["failed"]:
        count = len(report["failed"])
        text = f"{count} {'check' if count == 1 else 'checks'} of these scripts failed on {day}."
        return {"status": "failed", "text": text}
    return {"status": "passed", "text": sentence(report)}
