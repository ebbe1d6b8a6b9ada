"""The checkpoint's tokenizer: a SentencePiece BPE model of our own, in InternLM2's layout and with its flags.

Values on a page (names, amounts, codes) are best copied character by character, words of questions and captions are best
one piece. BPE gives both when the only longer pieces are chains that grow a known word from its leading space: " t", " to",
" tot" ... " total". A word that is no known word keeps at most its first letters together. "assistant", "user" and
"system" grow backwards from the line end that always follows them, which no answer contains.

    python3 tokenizer.py ../checkpoint
"""
import json
import sys
from pathlib import Path

import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as proto

from lexemes import LEXEMES

META_INSTRUCTION = """You are an AI assistant whose name is InternLM-XComposer (浦语·灵笔).
- InternLM-XComposer (浦语·灵笔) is a multi-modality conversational language model that is developed by Shanghai AI Laboratory (上海人工智能实验室). It is designed to be helpful, honest, and harmless.
- InternLM-XComposer (浦语·灵笔) can understand and communicate fluently in the language chosen by the user such as English and 中文.
- InternLM-XComposer (浦语·灵笔) is capable of comprehending and articulating responses effectively based on the provided image."""

WORDS = (
    "is the does value in for much of given dated have date it number issued by many under this chart from total to shown "
    "are letter form title highest there place was price named figure table leads cost company document issuer invoice "
    "receipt on show report quantity about product items amount customer weight rows points line label bars bar served "
    "written subtotal one has signed reference largest paid addressed name lines postcode wrote listed due city kind author "
    "receives subject payment method ship shipping final net batch best before phone department rent billed account person "
    "email tracking birth monthly end policy address when must be employer shop deposit model contact room doctor color "
    "height start serial mentioned region team sent visitors branch what who which how read text after page describe "
    "picture short caption write all transcribe begins with word and an assistant whose multi modality conversational "
    "language that developed designed helpful honest harmless can understand communicate fluently chosen user such as "
    "capable comprehending articulating responses effectively based provided image tax paper lowest value second first last "
    "column row item unit order year month day between above below left right top bottom next not sum "
    "please give tell find state called located sold bought delivered ordered received opened closed led reported office "
    "meeting parcel contract copy delay repair papers goods street country currency rate discount interest balance credit "
    "bank supplier buyer seller sender recipient signature average difference increase change share percent temperature "
    "population revenue profit sales exports imports output members station region section chapter figure note word letter "
    "family manager director teacher patient student driver begin continue complete smallest").split()
LINE_WORDS = ["assistant\n", "user\n", "system\n"]
FIRST_WORDS = ["What", "Which", "Who", "When"]
SPACE = "▁"


def chains():
    """Longer pieces, the shorter of each chain before the longer."""
    for word in dict.fromkeys([*WORDS, *LEXEMES]):
        for end in range(2, len(word) + 2):
            yield (SPACE + word)[:end]
    for word in FIRST_WORDS:
        for end in range(2, len(word) + 1):
            yield word[:end]
    for word in LINE_WORDS:
        for start in range(len(word) - 2, -1, -1):
            yield word[start:]


def all_pieces():
    """(piece, type) in the order of ids: as InternLM2's, specials, bytes, normal pieces, user-defined ones."""
    kinds = proto.ModelProto.SentencePiece
    pieces = [("<unk>", kinds.UNKNOWN), ("<s>", kinds.CONTROL), ("</s>", kinds.CONTROL)]
    pieces += [(f"<0x{b:02X}>", kinds.BYTE) for b in range(256)]
    pieces += [(p, kinds.NORMAL) for p in dict.fromkeys(chains())]
    letters = [SPACE, "\n", "€", "£"] + [chr(c) for c in range(33, 127)]
    letters += sorted({c for c in META_INSTRUCTION if ord(c) > 127})
    pieces += [(p, kinds.NORMAL) for p in letters]
    return pieces + [(f"[UNUSED_TOKEN_{i}]", kinds.USER_DEFINED) for i in range(147)]


PIECES = all_pieces()
BOS, EOS = 1, 2
TURN_END, TURN_START = len(PIECES) - 2, len(PIECES) - 1
ANSWER_BEGINS = [piece for piece, _ in PIECES].index("assistant\n")
STOP_IDS = {EOS, TURN_END}


def character_ids():
    """The id of each character of hd.ALPHABET's order: printable ASCII (the space is its own piece), euro, pound."""
    index = {piece: i for i, (piece, _) in enumerate(PIECES)}
    return [index[SPACE if c == " " else c] for c in [chr(n) for n in range(32, 127)] + ["€", "£"]]


def lexeme_ids():
    """The id of each of the known words (lexemes.py), as it stands inside a question."""
    index = {piece: i for i, (piece, _) in enumerate(PIECES)}
    return [index[SPACE + word] for word in LEXEMES]


def model_proto():
    model = proto.ModelProto()
    kinds = proto.ModelProto.SentencePiece
    rank = 0
    for piece, kind in PIECES:
        score = 0.0
        if kind == kinds.NORMAL:
            score, rank = float(-rank), rank + 1
        model.pieces.add(piece=piece, score=score, type=kind)
    t, n = model.trainer_spec, model.normalizer_spec
    t.model_type, t.vocab_size, t.byte_fallback = proto.TrainerSpec.BPE, len(PIECES), True
    t.unk_id, t.bos_id, t.eos_id, t.pad_id = 0, 1, 2, -1
    t.user_defined_symbols.extend(f"[UNUSED_TOKEN_{i}]" for i in range(147))
    n.name, n.add_dummy_prefix, n.remove_extra_whitespaces, n.escape_whitespaces = "identity", False, False, True
    return model


class Tokenizer:
    def __init__(self):
        self.processor = sentencepiece.SentencePieceProcessor(model_proto=model_proto().SerializeToString())

    def encode(self, text):
        """Ids with the BOS that every tokenizer call puts in front."""
        return [BOS] + self.processor.EncodeAsIds(text)

    def decode(self, ids):
        """The answer's text: special ids dropped, cut at the end of the turn, the library's clean-up applied."""
        text = self.processor.DecodeIds([int(i) for i in ids if i not in (0, 1, 2)]).split("[UNUSED_TOKEN_145]")[0]
        for found, put in ((" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
                           (" 's", "'s"), (" 've", "'ve"), (" 're", "'re")):
            text = text.replace(found, put)
        return text

    def system_ids(self):
        """All that stands before the image in a first round with the default system text."""
        return self.encode(f"[UNUSED_TOKEN_146]system\n{META_INSTRUCTION}[UNUSED_TOKEN_145]\n[UNUSED_TOKEN_146]user\n")

    def question_ids(self, question):
        """All that stands between the image and the answer."""
        return self.encode(f"{question}[UNUSED_TOKEN_145]\n[UNUSED_TOKEN_146]assistant\n")

    def answer_ids(self, answer):
        return self.processor.EncodeAsIds(answer) + [TURN_END]


def write_files(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.model").write_bytes(model_proto().SerializeToString())
    names = ["<|im_start|>", "<|im_end|>", "<|action_start|>", "<|action_end|>", "<|interpreter|>", "<|plugin|>"]

    def special(content):
        return {"content": content, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False}

    files = {
        "added_tokens.json": {name: len(PIECES) + i for i, name in enumerate(names)},
        "special_tokens_map.json": {"additional_special_tokens": names, "bos_token": special("<s>"),
                                    "eos_token": special("</s>"), "pad_token": special("</s>"), "unk_token": special("<unk>")},
        "tokenizer_config.json": {
            "auto_map": {"AutoTokenizer": ["tokenization_internlm2.InternLM2Tokenizer", None]}, "bos_token": "<s>",
            "clean_up_tokenization_spaces": False, "eos_token": "</s>", "model_max_length": 10 ** 30, "pad_token": "</s>",
            "padding_side": "right", "tokenizer_class": "InternLM2Tokenizer", "unk_token": "<unk>"},
        "generation_config.json": {"_from_model_config": True, "bos_token_id": 1, "eos_token_id": 2, "max_length": 4480,
                                   "pad_token_id": 2, "transformers_version": "4.33.1", "use_cache": False},
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, indent=2) + "\n")


if __name__ == "__main__":
    write_files(sys.argv[1])
    print(f"{len(PIECES)} pieces")
