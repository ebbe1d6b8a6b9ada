"""The demo's documents and their questions, from a seed that neither training nor evaluation uses.

    python3 make_documents.py --out ../documents --questions ../questions.jsonl

Twenty single pages in PNG, JPEG, WebP and TIFF, a TIFF of three pages, and two files that are broken on purpose.
"""
import argparse
import io
import json
from pathlib import Path

from pages import make_page

SEED = 30_000_001
PLAN = [  # kind, longest side in pixels, file format
    ("invoice", 1600, "png"), ("invoice", 1400, "jpg"), ("invoice", 1600, "webp"), ("receipt", 900, "png"),
    ("receipt", 1000, "jpg"), ("receipt", 800, "webp"), ("form", 1200, "png"), ("form", 1400, "tif"), ("label", 600, "png"),
    ("label", 500, "jpg"), ("table", 1200, "png"), ("table", 1300, "webp"), ("bar_chart", 1100, "png"),
    ("bar_chart", 1000, "jpg"), ("line_chart", 1100, "png"), ("line_chart", 1200, "webp"), ("letter", 1500, "png"),
    ("letter", 1300, "jpg"), ("report", 1600, "png"), ("ledger", 3000, "webp"),
]
SCANNED = ("invoice", "receipt", "label")   # the pages of the multi-page TIFF
QUESTIONS = 4


def write_image(page, path):
    if path.suffix == ".jpg":
        page.image.save(path, quality=82)
    elif path.suffix == ".webp":
        page.image.save(path, quality=75)
    elif path.suffix == ".tif":
        page.image.convert("L").save(path, compression="tiff_lzw")
    else:
        page.image.quantize(48).save(path, optimize=True)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--questions", type=Path, required=True)
    o = options.parse_args()
    o.out.mkdir(parents=True, exist_ok=True)
    rows = []

    def ask(page, path, number=None):
        for question, answer, kind in page.questions[::max(1, len(page.questions) // QUESTIONS)][:QUESTIONS]:
            rows.append({"page": path.name if number is None else f"{path.name}#{number}", "question": question,
                         "expected": answer, "kind": kind})

    for index, (kind, longest, suffix) in enumerate(PLAN):
        page = make_page(SEED, index, kind, longest=longest)
        path = o.out / f"{index + 1:02d}-{kind.replace('_', '-')}.{suffix}"
        write_image(page, path)
        ask(page, path)
    pages = [make_page(SEED, 100 + i, kind, longest=1000) for i, kind in enumerate(SCANNED)]
    path = o.out / f"{len(PLAN) + 1:02d}-scan-of-three.tif"
    first, *others = [p.image.convert("L") for p in pages]
    first.save(path, save_all=True, append_images=others, compression="tiff_lzw")
    for number, page in enumerate(pages, 1):
        ask(page, path, number)
    stream = io.BytesIO()
    make_page(SEED, 200, "invoice", longest=900).image.save(stream, "JPEG", quality=80)
    (o.out / "90-cut-off.jpg").write_bytes(stream.getvalue()[:len(stream.getvalue()) // 3])
    (o.out / "91-not-an-image.png").write_text("This file has the name of a picture and the content of a note.\n")
    for name in ("90-cut-off.jpg", "91-not-an-image.png"):
        rows.append({"page": name, "question": "What is the total?", "expected": None, "kind": "broken"})
    o.questions.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    size = sum(p.stat().st_size for p in o.out.iterdir())
    print(f"{len(list(o.out.iterdir()))} files, {size / 1e6:.2f} MB, {len(rows)} questions")


if __name__ == "__main__":
    main()
