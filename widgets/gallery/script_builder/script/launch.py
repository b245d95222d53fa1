"""Write how the script is started: what to install, accelerate's configuration for several GPUs, the commands."""

from __future__ import annotations

from dataclasses import dataclass

from widgets.gallery.script_builder.script.program import FILE_NAME, steps
from widgets.gallery.script_builder.script.settings import Settings


@dataclass(frozen=True)
class ConfigFile:
    """A configuration of ``accelerate launch``.

    Attributes:
        name: Name of the file.
        text: Its YAML.
    """

    name: str
    text: str


def write_config(settings: Settings) -> ConfigFile | None:
    """Write the configuration for several GPUs; None for one, which needs none."""
    if settings.gpus == 1:
        return None
    special = {"none": _copy, "fsdp": _fsdp, "zero3": _zero3}[settings.strategy](settings)
    precision = "no" if settings.precision == "fp32" else settings.precision
    name = {"none": "ddp.yaml", "fsdp": "fsdp.yaml", "zero3": "zero3.yaml"}[settings.strategy]
    lines = [
        "compute_environment: LOCAL_MACHINE",
        *special[:1],
        "num_machines: 1",
        f"num_processes: {settings.gpus}  # one for each GPU",
        f"mixed_precision: '{precision}'",
        *special[1:],
    ]
    return ConfigFile(name, "\n".join(lines) + "\n")


def _copy(settings: Settings) -> list[str]:
    return ["distributed_type: MULTI_GPU"]


def _fsdp(settings: Settings) -> list[str]:
    if settings.tuning == "qlora":
        # Version 2 cannot split bitsandbytes' 4-bit weights: https://github.com/huggingface/accelerate/issues/3874
        version = [
            "  fsdp_version: 1  # version 2 cannot split 4-bit weights",
            "  fsdp_sharding_strategy: FULL_SHARD",
            "  fsdp_use_orig_params: false",
            "  fsdp_sync_module_states: true",
        ]
    else:
        version = [
            "  fsdp_version: 2",
            "  fsdp_reshard_after_forward: true  # free a block's gathered weights as soon as it has run",
        ]
    return [
        "distributed_type: FSDP",
        "fsdp_config:",
        *version,
        "  fsdp_auto_wrap_policy: TRANSFORMER_BASED_WRAP  # gather one block at a time",
        "  fsdp_cpu_ram_efficient_loading: true  # only the first process reads the weights",
        "  fsdp_offload_params: false  # true: keep the parts in the processor's memory, slower",
        "  fsdp_state_dict_type: FULL_STATE_DICT  # save one whole model",
    ]


def _zero3(settings: Settings) -> list[str]:
    return [
        "distributed_type: DEEPSPEED",
        "deepspeed_config:",
        "  zero_stage: 3",
        "  zero3_init_flag: true",
        "  zero3_save_16bit_model: true  # save one whole model",
        f"  gradient_accumulation_steps: {settings.gradient_accumulation_steps}  # the same number as in {FILE_NAME}",
        "  offload_optimizer_device: none  # cpu: keep Adam's states in the processor's memory, slower",
        "  offload_param_device: none",
    ]


def install_command(settings: Settings) -> str:
    """Write the command that installs what the script imports."""
    names = ["torch", "transformers", "trl", "datasets", "accelerate"]
    names += ["peft"] if settings.has_adapter else []
    names += ["bitsandbytes"] if settings.tuning == "qlora" else []
    names += ["deepspeed"] if settings.strategy == "zero3" and settings.gpus > 1 else []
    return f"pip install {' '.join(names)}"


def run_commands(settings: Settings) -> list[str]:
    """Write the commands that run the script; on several GPUs only training is shared."""
    config = write_config(settings)
    if config is None:
        return [f"python {FILE_NAME}"]
    first, *rest = steps(settings)
    return [
        f"accelerate launch --config_file {config.name} {FILE_NAME} {first}",
        f"python {FILE_NAME} {' '.join(rest)}",
    ]
