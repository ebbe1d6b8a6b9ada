"""What is asked about a page in training: its own questions, its caption, and reading on from a given beginning.

`captions` is the chance that the caption is asked for.
"""

CAPTION = ["Describe the document.", "Describe this page.", "Write a caption.", "What is shown?", "Describe the page shortly."]
READ_ON = ["Read the text after: {}", "Read the line that begins with {}", "Continue the line: {}", "What text is written after {}?"]


def asked(page, rng, questions=10, captions=1.0, readings=8):
    """A list of (question, answer, kind)."""
    chosen = rng.sample(page.questions, min(questions, len(page.questions)))
    if rng.random() < captions:
        chosen.append((rng.choice(CAPTION), page.caption, "caption"))
    long_enough = [line for line in set(page.lines) if len(line) >= 6 and page.lines.count(line) == 1]
    for line in rng.sample(sorted(long_enough), min(readings, len(long_enough))):
        cut = rng.randint(2, min(len(line) - 3, 14))
        chosen.append((rng.choice(READ_ON).format(line[:cut]), line[cut:cut + 40], "reading"))
    return chosen
