"""Invoices, receipts and letters."""
from values import (Dates, Money, cents, city, code, company, distinct, item, person, phone, postcode, street, word)
from .document import COUNT, DATE, TOTAL, WHO, Document, amount_for, field_lines, price_of, value_of


def invoice(rng, new_canvas):
    rows = rng.randint(2, 12)
    width, height = rng.uniform(44, 60), 34 + 1.9 * rows + rng.uniform(0, 14)
    canvas = new_canvas(width, height)
    money, dates = Money(rng), Dates(rng)
    seller, buyer = company(rng), rng.choice([company, person])(rng)
    number, date, due = code(rng), dates(rng), dates(rng)
    margin = rng.uniform(2, 4)
    title = rng.choice(["INVOICE", "Invoice", "Tax Invoice", "Bill"])
    left_title = rng.random() < 0.5
    canvas.text(margin, 2, seller, rng.uniform(1.3, 1.8), "bold")
    canvas.text(margin, 4.4, f"{street(rng)}, {postcode(rng)} {city(rng)}", 0.9)
    canvas.text(margin if left_title else width - margin, 6.6 if left_title else 2, title, rng.uniform(1.5, 2.2), "bold",
                "l" if left_title else "r")
    number_name = rng.choice(["Invoice No", "Invoice number", "Number", "Invoice #"])
    fields = [(number_name, number), (rng.choice(["Date", "Invoice date"]), date), (rng.choice(["Due date", "Due"]), due)]
    y = 10.0
    canvas.text(margin, y, rng.choice(["Bill to", "Customer", "Sold to"]), 1.0, "bold")
    canvas.text(margin, y + 1.6, buyer)
    canvas.text(margin, y + 3.2, street(rng))
    canvas.text(margin, y + 4.8, f"{postcode(rng)} {city(rng)}")
    field_lines(canvas, rng, width * 0.55, y, fields, 9)
    y += 8.5
    columns = (margin, width * 0.58, width * 0.76, width - margin)
    canvas.text(columns[0], y, rng.choice(["Item", "Description", "Article"]), 1, "bold")
    for x, name in zip(columns[1:], (rng.choice(["Qty", "Quantity"]), rng.choice(["Price", "Unit price"]), "Amount")):
        canvas.text(x, y, name, 1, "bold", "r")
    canvas.line(margin, y + 1.5, width - margin, y + 1.5)
    y += 1.9
    ruled = rng.random() < 0.4
    names = distinct(rng, item, rows)
    subtotal, lines = 0, []
    for name in names:
        quantity, price = rng.choice([1, 1, 2, 3, rng.randint(2, 60)]), cents(rng, 50, 200_000)
        subtotal += quantity * price
        lines.append((name, quantity, price))
        canvas.text(columns[0], y, name)
        canvas.text(columns[1], y, str(quantity), align="r")
        canvas.text(columns[2], y, money(price), align="r")
        canvas.text(columns[3], y, money(quantity * price), align="r")
        y += 1.8
        if ruled:
            canvas.line(margin, y - 0.25, width - margin, y - 0.25, 0.03, (150, 150, 150))
    canvas.line(width * 0.5, y, width - margin, y)
    rate = rng.choice([5, 7, 10, 19, 20, 21])
    tax = round(subtotal * rate / 100)
    tax_name = rng.choice(["Tax", "VAT"])
    y += 0.6
    for name, amount, style in (("Subtotal", subtotal, "regular"), (f"{tax_name} {rate}%", tax, "regular"),
                                (rng.choice(["Total", "TOTAL", "Total due", "Amount due"]), subtotal + tax, "bold")):
        canvas.text(width * 0.62, y, name, 1, style)
        canvas.text(width - margin, y, money(amount), 1, style, "r")
        y += 1.8
    canvas.text(margin, height - 2.2, f"{rng.choice(['Thank you', 'Payable within 30 days', 'Phone'])} {phone(rng)}", 0.85)

    total = money(subtotal + tax)
    document = Document(canvas, f"An invoice from {seller} to {buyer}, number {number}, dated {date}. The total is {total}.",
                        [seller, buyer, number, date, total])
    document.ask(rng, WHO, seller, "issuer")
    document.ask(rng, DATE + ["What is the invoice date?"], date, "date")
    document.ask(rng, ["What is the due date?", "When is it due?", "By when must it be paid?"], due, "date")
    document.ask(rng, TOTAL, total, "total")
    document.ask(rng, ["What is the subtotal?", "How much is the subtotal?"], money(subtotal), "total")
    document.ask(rng, [f"How much is the {tax_name}?", f"What is the {tax_name}?"], money(tax), "total")
    document.ask(rng, ["What is the invoice number?", "Which number does the invoice have?"], number, "code")
    document.ask(rng, ["Who is the customer?", "Who is billed?", "Who is it addressed to?"], buyer, "name")
    document.ask(rng, COUNT, str(rows), "count")
    for name, quantity, price in rng.sample(lines, min(3, rows)):
        document.ask(rng, price_of(name), money(price), "price")
        document.ask(rng, [f"What is the quantity of {name}?", f"How many of {name}?"], str(quantity), "quantity")
    return document


def receipt(rng, new_canvas):
    rows = rng.randint(2, 10)
    width = rng.uniform(20, 28)
    height = 16.5 + 1.5 * rows + rng.uniform(0, 4)
    canvas = new_canvas(width, height)
    money, dates = Money(rng), Dates(rng)
    shop = f"{word(rng)} {rng.choice(['Market', 'Bakery', 'Cafe', 'Shop', 'Store', 'Pharmacy', 'Kiosk', 'Foods'])}"
    date, number = dates(rng), str(rng.randint(1000, 999999))
    center = width / 2
    canvas.text(center, 1, shop, rng.uniform(1.2, 1.6), "bold", "c")
    canvas.text(center, 3.1, street(rng), 0.9, align="c")
    canvas.text(center, 4.5, f"{postcode(rng)} {city(rng)}", 0.9, align="c")
    canvas.text(1.2, 6.5, f"Receipt {number}")
    canvas.text(1.2, 8.0, f"Date {date}")
    canvas.line(1.2, 9.6, width - 1.2, 9.6)
    y, lines, total = 10.0, [], 0
    for name in distinct(rng, item, rows):
        price = cents(rng, 30, 20_000)
        total += price
        lines.append((name, price))
        canvas.text(1.2, y, name)
        canvas.text(width - 1.2, y, money(price), align="r")
        y += 1.5
    canvas.line(1.2, y + 0.1, width - 1.2, y + 0.1)
    y += 0.5
    canvas.text(1.2, y, rng.choice(["TOTAL", "Total", "Sum", "To pay"]), 1.2, "bold")
    canvas.text(width - 1.2, y, money(total), 1.2, "bold", "r")
    y += 2.1
    paid = rng.choice(["Cash", "Card", "Visa", "Voucher", "Debit"])
    clerk = rng.choice([person, word])(rng)
    canvas.text(1.2, y, f"Paid by {paid}")
    canvas.text(1.2, y + 1.5, f"Served by {clerk}")
    document = Document(canvas, f"A receipt from {shop}, dated {date}. The total is {money(total)}.",
                        [shop, date, money(total)])
    document.ask(rng, WHO + ["Which shop is it from?", "What is the name of the shop?"], shop, "issuer")
    document.ask(rng, DATE, date, "date")
    document.ask(rng, TOTAL, money(total), "total")
    document.ask(rng, ["What is the receipt number?", "Which number does the receipt have?"], number, "code")
    document.ask(rng, ["How was it paid?", "What was the payment method?"], paid, "word")
    document.ask(rng, ["Who served the customer?", "Who served?"], clerk, "name")
    document.ask(rng, COUNT, str(rows), "count")
    for name, price in rng.sample(lines, min(4, rows)):
        document.ask(rng, price_of(name), money(price), "price")
    return document


SENTENCES = (
    "We are writing to confirm your order of {item}.", "Please send the papers to {person} before {date}.",
    "Our office in {city} will be closed on {date}.", "The meeting with {person} takes place in {city}.",
    "The parcel was handed to {person} on {date}.", "Your deposit of {money} has been received.",
    "The repair of the {item} costs {money}.", "Ask for {person} at the desk in {city}.",
    "The new contract starts on {date}.", "A copy was sent to {person}.", "We regret the delay of the {item}.",
)


def letter(rng, new_canvas):
    sentences = rng.randint(2, 5)
    width = rng.uniform(36, 54)
    height = 34 + sentences * 2.2
    canvas = new_canvas(width, height)
    money, dates = Money(rng), Dates(rng)
    sender, receiver, signer = company(rng), person(rng), person(rng)
    date, subject, reference = dates(rng), f"{rng.choice(['Order', 'Contract', 'Delivery', 'Claim', 'Offer', 'Repair'])} " \
        f"of {item(rng).lower()}", code(rng)
    place = city(rng)
    margin = rng.uniform(2.5, 4)
    canvas.text(margin, 2, sender, rng.uniform(1.2, 1.6), "bold")
    canvas.text(margin, 4.2, f"{street(rng)}, {postcode(rng)} {place}", 0.9)
    canvas.text(margin, 8, receiver)
    canvas.text(margin, 9.6, street(rng))
    canvas.text(margin, 11.2, f"{postcode(rng)} {city(rng)}")
    canvas.text(width - margin, 8, date, align="r")
    canvas.text(margin, 14.2, f"Subject: {subject}", 1.0, "bold")
    canvas.text(margin, 16, f"Reference: {reference}")
    canvas.text(margin, 19, f"Dear {receiver.split()[0]},")
    deposit, helper = money(cents(rng)), person(rng)
    filled = []
    for template in rng.sample(SENTENCES, sentences):
        filled.append(template.format(item=item(rng).lower(), person=helper, date=dates(rng), city=city(rng),
                                      money=deposit))
    body = " ".join(filled)
    y = canvas.wrapped(margin, 21.5, body, width - 2 * margin)
    canvas.text(margin, y + 1.5, rng.choice(["Kind regards,", "Yours sincerely,", "Best wishes,"]))
    canvas.text(margin, y + 4, signer, 1.0, rng.choice(["regular", "italic"]))
    document = Document(canvas, f"A letter from {sender} to {receiver}, dated {date}, about: {subject}. "
                                f"Signed by {signer}.", [sender, receiver, date, subject, signer])
    document.ask(rng, WHO + ["Who sent the letter?", "Which company wrote the letter?"], sender, "issuer")
    document.ask(rng, DATE, date, "date")
    document.ask(rng, ["Who is the letter addressed to?", "Who receives the letter?"], receiver, "name")
    document.ask(rng, ["Who signed the letter?", "Who signed it?"], signer, "name")
    document.ask(rng, ["What is the subject?", "What is the letter about?"], subject, "phrase")
    document.ask(rng, value_of("reference"), reference, "code")
    if deposit in body:
        document.ask(rng, ["Which amount is mentioned?", "What amount does the letter name?"], deposit, "total")
    return document
