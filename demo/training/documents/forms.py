"""Forms (label and value) and shipping or product labels."""
from values import Dates, Money, cents, city, code, company, email, item, person, phone, postcode, street, word
from .document import DATE, WHO, Document, value_of


def fields_of(rng, dates, money):
    """Every field a form may have: name, value, kind of question."""
    return [
        ("Name", person(rng), "name"), ("Date of birth", dates(rng), "date"), ("Address", street(rng), "phrase"),
        ("City", city(rng), "word"), ("Postcode", postcode(rng), "code"), ("Phone", phone(rng), "code"),
        ("Email", email(rng), "code"), ("Employer", company(rng), "name"), ("Department", word(rng), "word"),
        ("Customer number", code(rng), "code"), ("Policy number", code(rng), "code"), ("Account", code(rng), "code"),
        ("Contact person", person(rng), "name"), ("Start date", dates(rng), "date"), ("End date", dates(rng), "date"),
        ("Amount", money(cents(rng)), "total"), ("Deposit", money(cents(rng)), "total"),
        ("Monthly rent", money(cents(rng)), "total"), ("Room", f"{rng.randint(1, 499)}", "quantity"),
        ("Weight", f"{rng.randint(1, 999) / 10} kg", "quantity"), ("Serial number", code(rng), "code"),
        ("Model", code(rng), "code"), ("Doctor", person(rng), "name"), ("Color", rng.choice(["red", "blue", "green", "grey",
         "white", "black", "brown"]), "word"), ("Height", f"{rng.randint(20, 299)} cm", "quantity"),
    ]


def form(rng, new_canvas):
    count = rng.randint(4, 14)
    columns = rng.choice([1, 1, 2])
    style = rng.choice(["side", "above", "boxed"])
    width = rng.uniform(28, 38) if columns == 1 else rng.uniform(50, 64)
    rows = -(-count // columns)
    step = 2.2 if style == "side" else 3.6
    height = 9 + rows * step + rng.uniform(0, 4)
    canvas = new_canvas(width, height)
    dates, money = Dates(rng), Money(rng)
    issuer = company(rng)
    title = f"{rng.choice(['Application', 'Registration', 'Order', 'Service', 'Travel', 'Claim', 'Patient', 'Member'])} form"
    number, date = code(rng), dates(rng)
    margin = rng.uniform(1.5, 3)
    canvas.text(margin, 1.5, title, 1.6, "bold")
    canvas.text(margin, 4, issuer, 1.1)
    canvas.text(margin, 5.8, f"Form {number}   Date {date}", 0.9)
    chosen = rng.sample(fields_of(rng, dates, money), count)
    colon = rng.choice([":", ""])
    for index, (name, value, _) in enumerate(chosen):
        x = margin + (index // rows) * width / 2
        y = 8.4 + (index % rows) * step
        inner = width / columns - 2 * margin
        if style == "side":
            canvas.text(x, y, name + colon, 1, "bold")
            canvas.text(x + 10.5, y, value)
            continue
        canvas.text(x, y, name, 0.8, color=(90, 90, 90))
        if style == "boxed":
            canvas.box(x - 0.2, y + 1.1, x + inner, y + 2.9, outline=(120, 120, 120))
            canvas.text(x + 0.3, y + 1.35, value)
        else:
            canvas.text(x, y + 1.2, value)
            canvas.line(x, y + 2.7, x + inner, y + 2.7, 0.04)
    shown = chosen[0]
    document = Document(canvas, f"{title} of {issuer}, number {number}, dated {date}. {shown[0]}: {shown[1]}.",
                        [title, issuer, number, date, shown[1]])
    document.ask(rng, WHO, issuer, "issuer")
    document.ask(rng, ["What is the date of the form?"] + DATE[:1], date, "date")
    document.ask(rng, value_of("form number"), number, "code")
    document.ask(rng, ["What is the title?", "What kind of form is it?"], title, "phrase")
    for name, value, kind in rng.sample(chosen, min(count, 9)):
        document.ask(rng, value_of(name.lower()), value, kind)
    return document


def label(rng, new_canvas):
    width, height = rng.uniform(18, 30), rng.uniform(13, 20)
    canvas = new_canvas(width, height)
    dates, money = Dates(rng), Money(rng)
    sender, date, number = company(rng), dates(rng), code(rng)
    margin = 1.2
    if rng.random() < 0.6:
        canvas.box(0.4, 0.4, width - 0.4, height - 0.4, outline=(0, 0, 0))
    canvas.text(margin, 1, sender, 1.15, "bold")
    shipping = rng.random() < 0.5
    if shipping:
        receiver, town = person(rng), city(rng)
        fields = [("Ship to", receiver, "name"), ("City", town, "word"), ("Postcode", postcode(rng), "code"),
                  ("Weight", f"{rng.randint(1, 400) / 10} kg", "quantity"), ("Tracking", code(rng), "code")]
        caption = f"A shipping label from {sender} to {receiver}, number {number}, dated {date}."
        facts = [sender, receiver, number, date]
    else:
        goods = item(rng)
        fields = [("Product", goods, "name"), ("Price", money(cents(rng, 50, 50_000)), "price"), ("Batch", code(rng), "code"),
                  ("Best before", dates(rng), "date"), ("Net weight", f"{rng.randint(1, 999)} g", "quantity")]
        caption = f"A product label from {sender}: {goods}, number {number}, dated {date}."
        facts = [sender, goods, number, date]
    fields = fields[:1] + rng.sample(fields[1:], rng.randint(2, 4))
    rows = [("Number", number, "code"), ("Date", date, "date")] + fields
    y, step = 3.2, (height - 4.2) / len(rows)
    colon = rng.choice([":", ""])
    for name, value, _ in rows:
        width_used = canvas.text(margin, y, name + colon, 1, "bold")
        canvas.text(margin + (width_used + 0.6 if width < 24 else 7), y, value)
        y += step
    document = Document(canvas, caption, facts)
    document.ask(rng, WHO, sender, "issuer")
    for name, value, kind in rows:
        document.ask(rng, value_of(name.lower()), value, kind)
    return document
