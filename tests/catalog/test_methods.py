"""The six methods and the published costs."""

import pytest

from widgets.catalog import costs, memory
from widgets.catalog.methods import METHODS


def test_the_six_methods_are_those_that_memory_is_counted_for():
    assert tuple(METHODS) == memory.METHODS


def test_every_method_is_described_in_full_and_cites_a_source():
    for method_id, method in METHODS.items():
        assert method.method_id == method_id
        for text in (method.what_it_changes, method.cost, method.complexity_why, method.data, method.use_case):
            assert text.endswith(".")
        assert method.complexity in ("low", "medium", "high", "very high")
        assert method.citations


def test_llama_2_cost_at_two_dollars_per_gpu_hour():
    assert costs.TRAINING_RUNS["llama-2-7b"].gpu_hours == 184_320
    assert costs.TRAINING_RUNS["llama-2-family"].gpu_hours == 3_311_616
    assert costs.TRAINING_RUNS["llama-2-7b"].usd() == pytest.approx(0.37e6, rel=0.01)
    assert costs.TRAINING_RUNS["llama-2-family"].usd() == pytest.approx(6.6e6, rel=0.01)


def test_alpaca_took_three_hours_on_eight_gpus_and_less_than_a_hundred_dollars():
    alpaca = costs.TRAINING_RUNS["alpaca-7b"]
    assert alpaca.gpu_hours == 24
    assert alpaca.usd() < 100  # "on most cloud compute providers", taori2023alpaca


def test_every_run_belongs_to_a_method_and_cites_its_source():
    for run in costs.TRAINING_RUNS.values():
        assert run.method in METHODS
        assert run.citation
