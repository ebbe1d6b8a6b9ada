"""Bar and line charts whose values are written at the bars and points."""
from values import MONTHS, Dates, city, company, distinct, word
from .document import DATE, WHO, Document, amount_for

SERIES = ["Sales", "Visitors", "Output", "Exports", "Orders", "Costs", "Members", "Rainfall", "Returns"]
COLORS = [(70, 110, 180), (200, 90, 60), (90, 160, 90), (120, 120, 120), (150, 100, 170), (210, 160, 60)]


def heading(rng, canvas, width):
    issuer, date = company(rng), Dates(rng)(rng)
    title = f"{rng.choice(SERIES)} in {word(rng)}"
    canvas.text(width / 2, 1, title, 1.4, "bold", "c")
    canvas.text(width / 2, 3.1, f"{issuer}, {date}", 0.9, align="c")
    return issuer, date, title


def axes(rng, canvas, left, bottom):
    canvas.line(left, bottom, canvas.width_em - 1.5, bottom)
    if rng.random() < 0.5:
        canvas.line(left, 6, left, bottom)


def categories(rng, count):
    shape = rng.random()
    if shape < 0.4:
        start = rng.randint(0, 12 - count) if count < 12 else 0
        return MONTHS[start:start + count]
    if shape < 0.6:
        first = rng.randint(1990, 2020)
        return [str(first + i) for i in range(count)]
    return distinct(rng, city if shape < 0.8 else word, count)


def describe(rng, document, issuer, date, title, names, texts, numbers, what):
    document.ask(rng, WHO, issuer, "issuer")
    document.ask(rng, DATE, date, "date")
    document.ask(rng, ["What is the title?", "What does the chart show?"], title, "phrase")
    document.ask(rng, [f"How many {what} are there?", f"How many {what} does the chart have?"], str(len(names)), "count")
    for name, text in rng.sample(list(zip(names, texts)), min(6, len(names))):
        document.ask(rng, amount_for(name), text, "chart")
    if len(set(numbers)) == len(numbers):
        document.ask(rng, ["What is the highest value?", "What is the largest value?"], texts[numbers.index(max(numbers))],
                     "extreme")
        document.ask(rng, ["Which one is the highest?", "What has the highest value?"], names[numbers.index(max(numbers))],
                     "extreme")
    return document


def series(rng, count):
    largest = rng.choice([99, 999, 9999])
    numbers = [rng.randint(1, largest) for _ in range(count)]
    suffix = rng.choice(["", "", "%", "k"])
    return numbers, [f"{n}{suffix}" for n in numbers]


def bar_chart(rng, new_canvas):
    count = rng.randint(3, 8)
    names = categories(rng, count)
    step = max(6.0, max(len(n) for n in names) * 0.7 + 1)
    upright = rng.random() < 0.7
    width, height = (3.5 + count * step, rng.uniform(20, 30)) if upright else (rng.uniform(30, 40), 10 + count * 2.4)
    width = max(width, 26)
    canvas = new_canvas(width, height)
    issuer, date, title = heading(rng, canvas, width)
    axes(rng, canvas, *((2, height - 4) if upright else (9.8, height - 2)))
    numbers, texts = series(rng, count)
    color, top = rng.choice(COLORS), max(numbers)
    for index, (name, number, text) in enumerate(zip(names, numbers, texts)):
        if upright:
            center = 2 + (index + 0.5) * (width - 3.5) / count
            y = height - 4 - (height - 12) * number / top
            canvas.box(center - 1.4, y, center + 1.4, height - 4, fill=color)
            canvas.text(center, y - 1.5, text, align="c")
            canvas.text(center, height - 3.4, name, align="c")
        else:
            y = 6 + index * 2.4
            canvas.text(9.5, y, name, align="r")
            right = 10 + (width - 17) * number / top
            canvas.box(10, y, right, y + 1.4, fill=color)
            canvas.text(right + 0.5, y, text)
    document = Document(canvas, f"A bar chart by {issuer}, dated {date}: {title}. {names[0]}: {texts[0]}.",
                        [issuer, date, title, texts[0]])
    return describe(rng, document, issuer, date, title, names, texts, numbers, "bars")


def line_chart(rng, new_canvas):
    count = rng.randint(4, 9)
    names = categories(rng, count)
    step = max(6.0, max(len(n) for n in names) * 0.7 + 1)
    width, height = max(26, 3.5 + count * step), rng.uniform(20, 28)
    canvas = new_canvas(width, height)
    issuer, date, title = heading(rng, canvas, width)
    axes(rng, canvas, 2, height - 4)
    numbers, texts = series(rng, count)
    color, top = rng.choice(COLORS), max(numbers)
    points = [(2 + (i + 0.5) * (width - 3.5) / count, height - 5 - (height - 13) * n / top) for i, n in enumerate(numbers)]
    canvas.polyline(points, color=color)
    for (x, y), name, text in zip(points, names, texts):
        canvas.dot(x, y, 0.3, color)
        canvas.text(x, y - 1.9, text, align="c")
        canvas.text(x, height - 3.4, name, align="c")
    document = Document(canvas, f"A line chart by {issuer}, dated {date}: {title}. {names[0]}: {texts[0]}.",
                        [issuer, date, title, texts[0]])
    return describe(rng, document, issuer, date, title, names, texts, numbers, "points")
