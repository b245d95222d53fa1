"""The list of GPUs."""

import pytest

from widgets.catalog import memory
from widgets.catalog.gpus import GPUS, fits, gpus_needed


def test_gpus_run_from_8_gb_cards_to_the_largest_accelerators():
    sizes = [gpu.memory_bytes for gpu in GPUS]
    assert sizes == sorted(sizes)
    assert sizes[0] == 8 * memory.GB
    assert sizes[-1] == 192 * memory.GB
    assert any("B200" in gpu.label for gpu in GPUS)
    assert any("MI300X" in gpu.label for gpu in GPUS)


def test_every_gpu_states_its_size_as_the_label_does_and_links_its_maker():
    for gpu in GPUS:
        assert f"({gpu.memory_bytes // memory.GB} GB)" in gpu.label
        assert gpu.source.startswith(("https://www.nvidia.com/", "https://docs.nvidia.com/", "https://www.amd.com/"))
    assert len({gpu.label for gpu in GPUS}) == len(GPUS)


def test_a_model_fits_where_the_memory_is_at_least_as_large():
    assert fits(24 * memory.GB)[0].memory_bytes == 24 * memory.GB
    assert fits(24 * memory.GB + 1)[0].memory_bytes > 24 * memory.GB
    assert fits(193 * memory.GB) == []
    assert fits(1) == list(GPUS)


@pytest.mark.parametrize(("gigabytes", "count"), [(1, 1), (80, 1), (81, 2), (160, 2), (161, 3)])
def test_number_of_gpus_is_rounded_up(gigabytes, count):
    eighty = next(gpu for gpu in GPUS if gpu.label.startswith("H100"))
    assert gpus_needed(gigabytes * memory.GB, eighty) == count


def test_qlora_brings_a_7b_model_onto_an_8_gb_card_and_full_fine_tuning_needs_more_than_one_h100():
    model = "meta-llama/Llama-2-7b-hf"
    small = memory.estimate(model, "qlora", checkpointing=True).total_bytes
    large = memory.estimate(model, "full-sft", checkpointing=True).total_bytes
    assert fits(small)[0].memory_bytes == 8 * memory.GB
    assert fits(large)[0].memory_bytes > 80 * memory.GB
