"""ANLS, as the DocVQA benchmark scores answers."""


def edit_distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


def anls(answer, expected):
    """1 - normalised edit distance, 0 where half of it or more is wrong; case and surrounding space do not count."""
    a, b = answer.strip().lower(), expected.strip().lower()
    off = edit_distance(a, b) / max(len(a), len(b), 1)
    return 1 - off if off < 0.5 else 0.0


def facts_right(caption, facts):
    """The share of the facts that the caption states word for word."""
    return sum(fact in caption for fact in facts) / len(facts)
