"""Sizes of the models we train. Hidden size 256 and heads of 64 are what symbols.py and copying.py are laid out for, heads of
32 in the tower what looking.py is."""
from model import Sizes
from tokenizer import PIECES

SMALL = Sizes(vocab_size=len(PIECES), hidden_size=256, num_hidden_layers=5, num_attention_heads=4, num_key_value_heads=2,
              intermediate_size=512, plora_rank_wqkv=32, plora_rank=32, vision_hidden_size=128, vision_num_hidden_layers=5,
              vision_num_attention_heads=4, vision_intermediate_size=512)
LARGE = Sizes(vocab_size=len(PIECES), hidden_size=256, num_hidden_layers=6, num_attention_heads=4, num_key_value_heads=2,
              intermediate_size=768, plora_rank_wqkv=32, plora_rank=64, vision_hidden_size=192, vision_num_hidden_layers=6,
              vision_num_attention_heads=6, vision_intermediate_size=768)
BY_NAME = {"small": SMALL, "large": LARGE}
