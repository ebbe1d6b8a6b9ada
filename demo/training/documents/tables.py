"""Tables, multi-column reports and ledgers, whose small print only a high hd_num shows."""
from values import CITIES, MONTHS, Dates, Money, cents, city, code, company, distinct, item, person, word
from .document import DATE, WHO, Document


def table(rng, new_canvas):
    rows, columns = rng.randint(3, 12), rng.randint(2, 5)
    names = distinct(rng, rng.choice([city, item, word, person]), rows)
    heads = rng.choice([MONTHS, ["Q1", "Q2", "Q3", "Q4", "Year"], [str(y) for y in range(2005, 2029)],
                        ["Sales", "Stock", "Orders", "Returns", "Profit", "Cost"]])
    start = rng.randint(0, len(heads) - columns)
    heads = heads[start:start + columns]
    first, cell = 11.5, rng.uniform(6, 8)
    width, height = first + columns * cell + 3, 8 + rows * 1.9 + rng.uniform(0, 3)
    canvas = new_canvas(width, height)
    issuer, date = company(rng), Dates(rng)(rng)
    title = f"{rng.choice(['Sales', 'Visitors', 'Output', 'Prices', 'Exports', 'Costs', 'Staff', 'Rainfall'])} by " \
            f"{rng.choice(['region', 'product', 'branch', 'team', 'place'])}"
    canvas.text(1.5, 1.2, title, 1.4, "bold")
    canvas.text(1.5, 3.4, f"{issuer}, {date}", 0.9)
    top, look = 5.4, rng.choice(["grid", "lines", "stripes", "plain"])
    grouped, largest = rng.random() < 0.5, rng.choice([100, 1000, 10_000, 1_000_000])
    decimals = rng.random() < 0.3
    bottom = top + (rows + 1) * 1.9
    canvas.box(1.2, top, width - 1.2, top + 1.9, fill=rng.choice([None, (225, 225, 225), (205, 220, 240)]))
    for column, head in enumerate(heads):
        canvas.text(first + (column + 1) * cell + 0.8, top + 0.4, head, 1, "bold", "r")
    values = {}
    for row, name in enumerate(names):
        y = top + (row + 1) * 1.9
        if look == "stripes" and row % 2:
            canvas.box(1.2, y, width - 1.2, y + 1.9, fill=(238, 238, 238))
        canvas.text(1.7, y + 0.4, name, 1, "bold" if look == "plain" else "regular")
        for column, head in enumerate(heads):
            number = rng.randint(0, largest)
            text = f"{number / 10:,.1f}" if decimals else f"{number:,}" if grouped else str(number)
            values[name, head] = text
            canvas.text(first + (column + 1) * cell + 0.8, y + 0.4, text, align="r")
    if look in ("grid", "lines"):
        for row in range(rows + 2):
            canvas.line(1.2, top + row * 1.9, width - 1.2, top + row * 1.9, 0.05)
    if look == "grid":
        for x in [1.2] + [first + c * cell + 1.1 for c in range(columns + 1)]:
            canvas.line(x, top, x, bottom, 0.05)
    name, head = names[0], heads[0]
    document = Document(canvas, f"A table of {title.lower()} by {issuer}, dated {date}. {name}, {head}: {values[name, head]}.",
                        [title.lower(), issuer, date, values[name, head]])
    document.ask(rng, WHO, issuer, "issuer")
    document.ask(rng, DATE, date, "date")
    document.ask(rng, ["What is the title?", "What does the table show?"], title, "phrase")
    document.ask(rng, ["How many rows does the table have?", "How many rows are there?"], str(rows), "count")
    for name, head in rng.sample(sorted(values), min(8, len(values))):
        document.ask(rng, [f"What is the value for {name} in {head}?", f"What does {name} have in {head}?",
                           f"How much is {name} in {head}?"], values[name, head], "table")
    return document


def report(rng, new_canvas):
    columns = rng.choice([2, 2, 3])
    width, height = columns * rng.uniform(20, 24) + 4, rng.uniform(42, 62)
    canvas = new_canvas(width, height)
    issuer, date, author = company(rng), Dates(rng)(rng), person(rng)
    title = f"{rng.choice(['Annual', 'Monthly', 'Market', 'Field', 'Safety', 'Project'])} report {word(rng)}"
    canvas.text(2, 1.5, title, 1.9, "bold")
    canvas.text(2, 4.6, f"{issuer}, {date}")
    canvas.text(2, 6.2, f"Author: {author}")
    canvas.line(2, 8, width - 2, 8)
    inner = (width - 4 - (columns - 1) * 1.5) / columns
    questions, headings = [], iter(distinct(rng, word, 60))
    for column in range(columns):
        x, y = 2 + column * (inner + 1.5), 9
        while y < height - 12:
            heading = next(headings)
            canvas.text(x, y, heading, 1.1, "bold")
            y += 1.7
            head, amount, place = person(rng), f"{cents(rng, 100, 9_000_000) // 100:,}", rng.choice(CITIES)
            text = rng.choice([
                f"The unit in {place} is led by {head} and sold {amount} pieces.",
                f"Sales of {amount} were reported from {place}. The work was led by {head}.",
                f"A team led by {head} opened a branch in {place} with {amount} visitors."])
            y = canvas.wrapped(x, y, text, inner, 1.0) + 0.9
            questions += [(f"Who leads {heading}?", head, "name"), (f"Which figure is given under {heading}?", amount, "total"),
                          (f"Which place is named under {heading}?", place, "word")]
    document = Document(canvas, f"{title} by {issuer}, dated {date}, written by {author}.", [title, issuer, date, author])
    document.ask(rng, WHO, issuer, "issuer")
    document.ask(rng, DATE, date, "date")
    document.ask(rng, ["Who is the author?", "Who wrote the report?"], author, "name")
    document.ask(rng, ["What is the title?"], title, "phrase")
    document.questions += rng.sample(questions, min(7, len(questions)))
    return document


def ledger(rng, new_canvas):
    blocks, rows = rng.randint(2, 3), rng.randint(28, 52)
    block, step = rng.uniform(34, 40), rng.uniform(1.5, 1.8)
    width, height = blocks * block + 4, 10 + rows * step
    canvas = new_canvas(width, height)
    money, dates = Money(rng), Dates(rng)
    issuer, date, number = company(rng), dates(rng), code(rng)
    title = f"{rng.choice(['Account', 'Stock', 'Member', 'Order', 'Payment'])} ledger {word(rng)}"
    canvas.text(2, 1.5, title, 2.4, "bold")
    canvas.text(2, 5, f"{issuer}, {date}, No {number}", 1.2)
    names = distinct(rng, rng.choice([person, item]), blocks * rows)
    entries = []
    for index, name in enumerate(names):
        x, y = 2 + (index // rows) * block, 9 + (index % rows) * step
        reference, amount = code(rng), money(cents(rng))
        entries.append((name, reference, amount))
        canvas.text(x, y, name)
        canvas.text(x + 15, y, reference)
        canvas.text(x + block - 2, y, amount, align="r")
    for index in range(blocks):
        x = 2 + index * block
        for offset, head, align in ((0, "Name", "l"), (15, "Reference", "l"), (block - 2, "Amount", "r")):
            canvas.text(x + offset, 7.4, head, 1, "bold", align)
    canvas.line(2, 8.8, width - 2, 8.8)
    document = Document(canvas, f"A ledger of {issuer}, number {number}, dated {date}: {title}.", [issuer, number, date, title])
    document.ask(rng, WHO, issuer, "issuer")
    document.ask(rng, DATE, date, "date")
    document.ask(rng, ["What is the title?"], title, "phrase")
    document.ask(rng, ["What is the number of the ledger?", "Read the ledger number."], number, "code")
    for name, reference, amount in rng.sample(entries, 5):
        document.ask(rng, [f"What is the amount for {name}?", f"What is the amount of {name}?"], amount, "table")
        document.ask(rng, [f"What is the reference of {name}?", f"Read the reference for {name}."], reference, "code")
    return document
