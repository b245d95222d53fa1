"""Every Python listing of the pages does what it must: run as it stands, or fit the installed libraries, or parse."""

from __future__ import annotations

import pytest

from tests.lessons.checking import Checks, stand_ins_of
from tests.lessons.environment import LIBRARIES, read_pins
from widgets.site.figures.pre_training import training_flops
from widgets.site.sources.listings import Listing, find_listings, load_report
from widgets.site.sources.pins import libraries_of

LISTINGS = find_listings()
pytestmark = pytest.mark.lessons


def name(listing: Listing) -> str:
    return f"{listing.page}:{listing.line}-{listing.title.rpartition('/')[2]}".rstrip("-")


@pytest.mark.parametrize("listing", [item for item in LISTINGS if item.kind != "included"], ids=name)
def test_the_listing_works(listing: Listing, checks: Checks) -> None:
    outcome = checks.outcome(listing)
    if outcome.status != "passed":
        pytest.fail(checks.describe(listing, outcome), pytrace=False)


def test_the_kept_report_has_passed_every_listing_as_it_stands_with_the_pinned_versions() -> None:
    report, pins = load_report(), read_pins()
    problems = []
    for listing in LISTINGS:
        if listing.kind == "included":
            continue
        entry = report.get(listing.key)
        if entry is None or entry["mode"] != listing.kind:
            problems.append(f"{listing.place} has changed since it was last checked")
        elif entry["status"] != "passed":
            problems.append(f"{listing.place} failed on {entry['checked']}: {entry['error']}")
        elif set(entry["versions"]) != libraries_of(listing.program):
            problems.append(f"{listing.place} was checked without a word on every library it depends on")
        elif entry.get("after") != list(listing.needed) or entry["stand_ins"] != stand_ins_of(listing):
            problems.append(f"{listing.place} was checked without a word on all that stood in for its models and data")
        else:
            old = [f"{x} {v}" for x, v in entry["versions"].items() if v.partition("+")[0] != pins.get(x)]
            if old:
                problems.append(f"{listing.place} was checked with {', '.join(old)}, which is not what is pinned")
    if problems:
        pytest.fail("\n".join([*problems, "Run `make listings` and commit records/listings.json."]), pytrace=False)


def test_the_kept_report_speaks_of_no_listing_that_is_gone() -> None:
    known = {listing.key for listing in LISTINGS}
    gone = [f"{entry['page']} {entry['title']}" for key, entry in load_report().items() if key not in known]
    assert not gone, "run `make listings` and commit records/listings.json"


def test_a_listing_inherits_the_stand_ins_of_what_it_loads_and_names_what_its_libraries_load() -> None:
    merge = next(listing for listing in LISTINGS if listing.title == "merge_qlora.py")
    train = next(listing for listing in LISTINGS if listing.title == "train_qlora.py")
    assert not any(name in merge.program for name in stand_ins_of(merge))
    assert stand_ins_of(merge) == stand_ins_of(train) != []
    assert {"peft", "accelerate", "transformers", "torch"} <= libraries_of(merge.program)


def test_every_library_of_the_lessons_is_pinned() -> None:
    assert set(LIBRARIES) <= set(read_pins())


def test_training_takes_six_operations_for_each_parameter_and_token() -> None:
    assert training_flops(10, 100) == 6 * 10 * 100
