"""python3 -m unittest test_training"""
import tempfile
import unittest
from pathlib import Path

import numpy
import torch

import checkpoint
import copying
import hd
import looking
import state
from canvas import Canvas
from documents import KINDS
from lexemes import LEXEMES
from model import Generation, Segment, Sizes, XComposer, initialise
from optimizer import orthogonal
from pages import make_page
from scoring import anls
from sizes import BY_NAME
from stream import Grids, Wishes, image_tokens, make_batch
from symbols import LINE, SymbolTable
from tokenizer import META_INSTRUCTION, PIECES, STOP_IDS, Tokenizer
from train_answers import Trainee, answer_loss

TINY = Sizes(vocab_size=len(PIECES), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2,
             intermediate_size=48, plora_rank_wqkv=2, plora_rank=4, vision_hidden_size=16, vision_num_hidden_layers=1,
             vision_num_attention_heads=2, vision_intermediate_size=32)


def tiny_model():
    torch.manual_seed(7)
    model = XComposer(TINY)
    initialise(model)
    for p in model.parameters():   # nothing may be zero, or a wrong term would not show
        p.data += 0.02 * torch.randn_like(p)
    return model.eval()


class Pages(unittest.TestCase):
    def test_the_same_seed_and_index_give_the_same_page(self):
        for kind in KINDS:
            a, b = make_page(5, 3, kind), make_page(5, 3, kind)
            self.assertEqual(a.image.tobytes(), b.image.tobytes())
            self.assertEqual((a.questions, a.caption), (b.questions, b.caption))

    def test_a_page_that_is_only_laid_out_has_the_same_characters_in_the_same_places(self):
        for kind in KINDS:
            self.assertEqual(make_page(5, 4, kind).glyphs, make_page(5, 4, kind, drawn=False).glyphs)

    def test_answers_are_on_the_page_unless_they_count(self):
        for index in range(60):
            page = make_page(6, index, drawn=False)
            text = "".join(g.char for g in page.glyphs).lower().replace(" ", "")   # a line may end anywhere
            for question, answer, kind in page.questions:
                if kind != "count":
                    self.assertIn(answer.lower().replace(" ", ""), text, (page.kind, question))

    def test_no_question_is_asked_twice_with_different_answers(self):
        for index in range(60):
            page = make_page(6, index, drawn=False)
            asked = {}
            for question, answer, _ in page.questions:
                self.assertEqual(answer, asked.setdefault(question, answer), (page.kind, question))

    def test_captions_state_their_facts(self):
        for index in range(60):
            page = make_page(7, index, drawn=False)
            for fact in page.facts:
                self.assertIn(fact, page.caption)

    def test_ink_is_where_the_characters_are_said_to_be(self):
        page = make_page(8, 1, "table", clean=True)
        ink = numpy.asarray(page.image.convert("L")).astype(int)
        found = [g for g in page.glyphs if g.char.isalnum()]
        dark = [ink[int(g.y - g.size / 2):int(g.y + g.size / 2), int(g.x - g.size / 4):int(g.x + g.size / 4) + 1].ptp() > 80
                for g in found]
        self.assertGreater(numpy.mean(dark), 0.97)


class Labels(unittest.TestCase):
    def test_slots_hold_the_characters_of_a_half_cell_by_x(self):
        rng = numpy.random.default_rng(3)
        count, width, height = 400, 672, 336
        chars = rng.integers(1, 98, count)
        x, y, size = rng.uniform(-9, width + 9, count), rng.uniform(-9, height + 9, count), rng.uniform(6.5, 30, count)
        labels = hd.cell_labels(chars, x, y, size, width, height).reshape(height // 28, width // 28, 2, hd.SLOTS)
        for row in range(height // 28):
            for column in range(width // 28):
                for half in range(2):
                    inside = [i for i in numpy.argsort(x) if x[i] // 28 == column and y[i] // 14 == 2 * row + half]
                    expected = [chars[i] for i in inside] + [0] * (hd.SLOTS - len(inside))
                    if len(inside) > hd.SLOTS or any(size[i] < hd.SMALLEST for i in inside):
                        expected = [hd.IGNORED] * hd.SLOTS
                    self.assertEqual(expected, labels[row, column, half].tolist())

    def test_symbols_can_be_read_back_by_their_products(self):
        page = make_page(9, 2, "form", drawn=False)
        p = hd.plan(page.width, page.height, 4)
        overview, grid = (torch.from_numpy(a)[None] for a in hd.page_labels(page.glyphs, (page.width, page.height), p))
        table, tile = SymbolTable(256), grid[:, :12, :12]
        spots = table.spots(tile)[..., 0, :]
        lines = table.cells(tile)[..., :LINE].unflatten(-1, spots.shape[-1:] + (-1,))
        alone = (table.spots(tile)[..., 1, :] == 0).all(-1, keepdim=True) & (spots > 0)
        self.assertTrue(torch.equal(((lines @ table.characters.T).argmax(-1) + 1)[alone], spots[alone]))
        self.assertEqual(table.image(overview, grid).shape[1], image_tokens(p.tiles))

    def test_a_cell_holds_its_line_with_the_end_of_the_cell_to_the_left(self):
        labels = torch.zeros(1, 1, 3, 2 * hd.SLOTS + 1, dtype=torch.uint8)
        labels[0, 0, 0, :3], labels[0, 0, 1, :2] = torch.tensor([5, 6, 7]), torch.tensor([8, 9])
        labels[0, 0, 1, hd.SLOTS], labels[0, 0, 2, hd.SLOTS] = 3, 4
        spots = SymbolTable.spots(labels)[0, 0]
        self.assertEqual([0, 0, 5, 6, 7, 0, 0, 0], spots[0, 0].tolist())
        self.assertEqual([[6, 7, 8, 9, 0, 0, 0, 0], [0, 0, 3, 0, 0, 0, 0, 0]], spots[1].tolist())
        self.assertEqual([[0, 3, 4, 0, 0, 0, 0, 0], [0] * 8], spots[2].tolist())

    def test_known_words_are_named_where_they_begin(self):
        canvas = Canvas(20, 4, 20, "sans", drawn=False)
        canvas.text(1, 1, "Total due: Oslo")
        x, y = canvas.glyphs[0].x, canvas.glyphs[0].y
        _, grid = hd.page_labels(canvas.glyphs, (400, 80), hd.plan(400, 80, 4))
        words = {LEXEMES[w - 1] for w in grid[..., -1].flatten() if w}
        self.assertEqual({"total", "due"}, words)
        scale = 1344 / 400
        self.assertEqual("total", LEXEMES[grid[int((y * scale + (336 - int(1344 / 5)) // 2) // 28), int(x * scale // 28), -1] - 1])


class Model(unittest.TestCase):
    def test_a_tree_of_segments_answers_as_separate_sequences_do(self):
        model = tiny_model()
        system, image, branches = torch.randn(1, 5, 32), torch.randn(2, 7, 32), torch.randn(6, 4, 32)
        together = model.model([Segment(system), Segment(image, 0, True), Segment(branches, 1)], [2])[0][2]
        for i in range(6):
            alone = model.model([Segment(system), Segment(image[i // 3:i // 3 + 1], 0, True), Segment(branches[i:i + 1], 1)])
            torch.testing.assert_close(together[i], alone[0][2][0], atol=1e-5, rtol=1e-4)

    def test_generation_by_steps_repeats_the_whole_sequence(self):
        model = tiny_model()
        prefix = [Segment(torch.randn(1, 5, 32)), Segment(torch.randn(1, 900, 32), 0, True)]
        generation, prompt = Generation(model, prefix), [1, 270, 300]
        ids = generation.answer(prompt, set(), 6, 1.0)
        whole = prefix + [Segment(model.model.tok_embeddings(torch.tensor([prompt + ids[:-1]])), 1)]
        with torch.no_grad():
            logits = model.output(model.model(whole, [2])[0][2])[0]
        self.assertEqual(ids, logits[len(prompt) - 1:].argmax(-1).tolist())

    def test_a_checkpoint_reads_back_as_it_was_written(self):
        model = tiny_model()
        with tempfile.TemporaryDirectory() as folder:
            checkpoint.save(model, folder, torch.float32)
            again = checkpoint.load(folder)
        self.assertEqual(again.sizes, model.sizes)
        for name, p in model.state_dict().items():
            self.assertTrue(torch.equal(p, again.state_dict()[name]), name)

    def test_state_files_stay_below_sixteen_megabytes(self):
        tensors = {str(i): torch.full((1_500_000,), float(i)) for i in range(4)}
        with tempfile.TemporaryDirectory() as folder:
            state.save(folder, tensors, {"step": 3})
            self.assertLess(max(p.stat().st_size for p in Path(folder).iterdir()), 16_000_000)
            again, counters = state.load(folder)
        self.assertEqual(counters, {"step": 3})
        self.assertTrue(all(torch.equal(t, again[k]) for k, t in tensors.items()))


class Beginnings(unittest.TestCase):
    def test_every_size_takes_the_circuits_and_the_tower_looks_at_its_neighbours(self):
        for size in BY_NAME.values():
            torch.manual_seed(1)
            core = XComposer(size)
            initialise(core)
            copying.begin(core, SymbolTable(size.hidden_size))
            looking.begin(core.tower)
            attention, tower = core.tower.encoder.layers[0].self_attn, core.tower
            x = tower.encoder.layers[0].layer_norm1(tower.pre_layrnorm(tower.embeddings(torch.zeros(1, 3, 336, 336))))
            head = size.vision_hidden_size // size.vision_num_attention_heads
            q, k = (f(x)[0, 1:, :head] for f in (attention.q_proj, attention.k_proj))
            left = (q @ k.T).argmax(-1).view(24, 24)[:, 1:] - torch.arange(576).view(24, 24)[:, :-1]
            self.assertGreater(float((left == 0).float().mean()), 0.9)

    def test_an_untrained_decoder_reads_on_where_a_random_one_cannot(self):
        torch.manual_seed(2)
        wishes = Wishes(3, False, 1, 460, ("label", "receipt"), 1, 6, 0.0, 14, 30)
        batch, system = make_batch(1, Grids(wishes), Tokenizer()), Tokenizer().system_ids()[:16]
        trainee = Trainee(BY_NAME["small"])
        with torch.no_grad():
            begun = answer_loss(trainee, batch, system)[3][1]
            initialise(trainee.core)
            drawn = answer_loss(trainee, batch, system)[3][1]
        self.assertGreater(begun, 0.2)
        self.assertLess(drawn, 0.05)

    def test_muons_steps_are_the_nearest_orthogonal_matrix(self):
        torch.manual_seed(3)
        g = torch.randn(80, 200) @ torch.diag(torch.logspace(0, -1, 200))
        u, s, v = torch.linalg.svd(orthogonal(g).double(), full_matrices=False)
        a, _, b = torch.linalg.svd(g.double(), full_matrices=False)
        self.assertGreater(float(s.min()), 0.4)
        self.assertLess(float(s.max()), 1.4)
        self.assertGreater(float((u @ v * (a @ b)).sum()) / 80, 0.95)


class Text(unittest.TestCase):
    def test_text_comes_back_from_its_ids(self):
        tokenizer = Tokenizer()
        for text in (META_INSTRUCTION, "$6,527.72", "Tolson & Dorard Corp", " two  spaces ", "Zürich 東京 ✓"):
            self.assertEqual(text, tokenizer.decode(tokenizer.encode(text)))

    def test_words_of_questions_are_one_piece_and_values_single_characters(self):
        processor = Tokenizer().processor
        self.assertEqual(["▁total", "▁amount"], processor.EncodeAsPieces(" total amount"))
        self.assertEqual(list("1,204.50"), processor.EncodeAsPieces("1,204.50"))

    def test_a_batch_asks_every_page_the_same_number_of_questions(self):
        batch = make_batch(4, Grids(Wishes(1, True, 3, 800, questions=9, transcriptions=2)), Tokenizer())
        self.assertEqual([27, 6], [len(ids) for ids, _ in batch.rows])
        self.assertEqual({p.shape for p in batch.pictures}, {(batch.tiles[0] * 336, batch.tiles[1] * 336, 3)})
        for row in batch.rows[0][1]:
            self.assertIn(row[row >= 0][-1], STOP_IDS)

    def test_anls_forgives_less_than_half(self):
        self.assertEqual(1.0, anls(" Total ", "total"))
        self.assertAlmostEqual(0.8, anls("abcdX", "abcde"))
        self.assertEqual(0.0, anls("abXYZ", "abcde"))


class Preprocessing(unittest.TestCase):
    def test_views_are_the_tiles_of_the_padded_picture(self):
        image = make_page(3, 3, "receipt").image
        padded, p = hd.transform(image, 4)
        views, _ = hd.views(image, 4)
        rows, columns = p.tiles
        tile = numpy.asarray(padded)[336 * (rows - 1):336 * rows, 336 * (columns - 1):336 * columns]
        torch.testing.assert_close(views[-1], hd.normalise(torch.from_numpy(tile.copy())))
        self.assertEqual(len(views), 1 + rows * columns)


if __name__ == "__main__":
    unittest.main()
