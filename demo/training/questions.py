"""What is asked about a page in training: its own questions, its caption, and reading on from a given beginning."""

CAPTION = ["Describe the document.", "Describe this page.", "Write a caption.", "What is shown?", "Describe the page shortly."]
READ_ON = ["Read the text after: {}", "Read the line that begins with {}", "Continue the line: {}", "What text is written after {}?"]


def asked(page, rng, count, questions, captions):
    """Exactly `count` of (question, answer, kind): at most `questions` of the page's own, the caption with the chance
    `captions`, readings for the rest."""
    chosen = rng.sample(page.questions, min(questions, len(page.questions)))
    if rng.random() < captions:
        chosen.append((rng.choice(CAPTION), page.caption, "caption"))
    lines = [line for line in dict.fromkeys(page.lines) if len(line) >= 6 and page.lines.count(line) == 1]
    while len(chosen) < count:
        if not lines:
            chosen.append(rng.choice(page.questions))
            continue
        line = rng.choice(lines)
        cut = rng.randint(2, min(len(line) - 3, 14))
        chosen.append((rng.choice(READ_ON).format(line[:cut]), line[cut:cut + 40], "reading"))
    return chosen[:count]
