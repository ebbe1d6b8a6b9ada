"""Sizes of the models we train."""
from model import Sizes
from tokenizer import PIECES

SMALL = Sizes(vocab_size=len(PIECES), hidden_size=256, num_hidden_layers=5, num_attention_heads=4, num_key_value_heads=2,
              intermediate_size=512, plora_rank_wqkv=32, plora_rank=32, vision_hidden_size=128, vision_num_hidden_layers=5,
              vision_num_attention_heads=4, vision_intermediate_size=512)
LARGE = Sizes(vocab_size=len(PIECES), hidden_size=256, num_hidden_layers=6, num_attention_heads=8, num_key_value_heads=4,
              intermediate_size=768, plora_rank_wqkv=8, plora_rank=64, vision_hidden_size=192, vision_num_hidden_layers=6,
              vision_num_attention_heads=6, vision_intermediate_size=768)
BY_NAME = {"small": SMALL, "large": LARGE}
