"""What is asked about a page in training: its own questions, its caption, and reading on from a given beginning."""

CAPTION = ["Describe the document.", "Describe this page.", "Write a caption.", "What is shown?", "Describe the page shortly."]
READ_ON = ["Read the text after: {}", "Continue the line: {}", "What text is written after {}?"]


TRANSCRIBE = ["Transcribe the text after: {}", "Write all text after {}"]
DENSE = 56       # characters of a transcription


def asked(page, rng, count):
    """Exactly `count` of (question, answer, kind): the page's own questions, mostly, and readings to the line's end."""
    chosen = rng.sample(page.questions, min(rng.randint(max(0, count - 3), count), len(page.questions)))
    lines = [line for line in dict.fromkeys(page.lines) if len(line) >= 6 and page.lines.count(line) == 1]
    while len(chosen) < count:
        if not lines or rng.random() < 0.3:
            chosen.append(rng.choice(page.questions))
            continue
        line = rng.choice(lines)
        cut = rng.randint(max(2, len(line) - 24), len(line) - 3)
        chosen.append((rng.choice(READ_ON).format(line[max(0, cut - 10):cut]), line[cut:], "reading"))
    return chosen


def transcriptions(page, rng, count, captions):
    """Exactly `count` of (question, answer, kind) with long answers: what is printed from somewhere on, over line ends, in
    the order of drawing; or the caption, with the chance `captions`. Every character of these is something to learn from."""
    text, chosen = "\n".join(page.lines), []
    while len(chosen) < count:
        if rng.random() < captions:
            chosen.append((rng.choice(CAPTION), page.caption, "caption"))
            continue
        start = rng.randint(0, max(0, len(text) - DENSE // 2))
        lead = text[start:start + rng.randint(4, 10)].split("\n")[-1]
        start = text.index(lead, start)
        if len(lead) >= 4 and text.count(lead) == 1:
            chosen.append((rng.choice(TRANSCRIBE).format(lead), text[start + len(lead):][:DENSE], "transcription"))
        elif rng.random() < 0.1:
            chosen.append((rng.choice(CAPTION), page.caption, "caption"))
    return chosen
