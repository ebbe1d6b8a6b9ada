"""Checkpoints in hub layout: what the engine opens and what a training goes on from."""
import json
from pathlib import Path

import torch

import safetensors_file
from model import Sizes, XComposer

CONFIG = {
    "architectures": ["InternLM2ForCausalLM"], "attn_implementation": "flash_attention_2",
    "auto_map": {"AutoConfig": "configuration_internlm_xcomposer2.InternLMXcomposer2Config",
                 "AutoModel": "modeling_internlm_xcomposer2.InternLMXComposer2ForCausalLM",
                 "AutoModelForCausalLM": "modeling_internlm_xcomposer2.InternLMXComposer2ForCausalLM"},
    "bias": False, "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu", "initializer_range": 0.02,
    "max_length": 16384, "max_position_embeddings": 32768, "model_type": "internlmxcomposer2", "pad_token_id": 2,
    "rms_norm_eps": 1e-05, "rope_scaling": None, "rope_theta": 1000000, "tie_word_embeddings": False,
    "torch_dtype": "bfloat16", "transformers_version": "4.33.1", "use_cache": False,
}
VISION_CONFIG = {"hidden_act": "quick_gelu", "image_size": 336, "layer_norm_eps": 1e-05, "num_channels": 3, "patch_size": 14}


def tensors_in(folder):
    folder = Path(folder)
    return {k: t for path in sorted(folder.glob("*.safetensors")) for k, t in safetensors_file.read(path).items()}


def load(folder, device="cpu"):
    """The model of a folder, in float32."""
    tensors = tensors_in(folder)
    config = json.loads((Path(folder) / "config.json").read_text())
    vision = config["vision_config"]
    sizes = Sizes(
        **{k: config[k] for k in ("vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads",
                                  "num_key_value_heads", "intermediate_size", "rope_theta", "rms_norm_eps")},
        plora_rank_wqkv=tensors["model.layers.0.attention.wqkv.Plora_A.weight"].shape[0],
        plora_rank=tensors["model.layers.0.attention.wo.Plora_A.weight"].shape[0],
        **{f"vision_{k}": vision[k] for k in ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")})
    model = XComposer(sizes)
    missing, unknown = model.load_state_dict({k: t.float() for k, t in tensors.items()}, strict=False)
    if missing or [k for k in unknown if "post_layernorm" not in k]:
        raise ValueError(f"{folder}: missing tensors {missing}, unknown tensors {unknown}")
    return model.to(device)


def save(model, folder, dtype=torch.bfloat16):
    """Weights and config.json; the tokenizer's files are written by tokenizer.py."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    s = model.sizes
    config = {**CONFIG, **{k: getattr(s, k) for k in (
        "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads", "intermediate_size")}}
    config["vision_config"] = {**VISION_CONFIG, **{
        k: getattr(s, f"vision_{k}") for k in ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")}}
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
    safetensors_file.write(folder / "model.safetensors",
                           {k: t.detach().to("cpu", dtype) for k, t in model.state_dict().items()})
