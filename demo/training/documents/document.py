from dataclasses import dataclass, field


@dataclass
class Document:
    """What a builder returns: the canvas, and what is true about the page."""
    canvas: object
    caption: str
    facts: list
    questions: list = field(default_factory=list)   # (question, answer, kind of question)

    def ask(self, rng, wordings, answer, kind):
        self.questions.append((rng.choice(wordings), answer, kind))


def field_lines(canvas, rng, x, y, fields, label_width, size=1.0, leading=1.6, bold_value=False):
    """Label and value side by side, line under line; returns the y below."""
    colon = rng.choice([":", ""])
    for name, value in fields:
        canvas.text(x, y, name + colon, size, "regular" if bold_value else "bold")
        canvas.text(x + label_width, y, value, size, "bold" if bold_value else "regular")
        y += leading * size
    return y


WHO = ["Who issued it?", "Who issued this document?", "Which company issued this?", "Who is the issuer?"]
DATE = ["What is the date?", "What date is on it?", "When was it issued?", "Which date is given?"]
COUNT = ["How many items are listed?", "How many lines are there?", "How many items are there?"]
TOTAL = ["What is the total?", "What is the total amount?", "How much is the total?", "What is the final total?"]


def value_of(name):
    return [f"What is the {name}?", f"What {name} is given?", f"Read the {name}."]


def price_of(name):
    return [f"What is the price of {name}?", f"How much is {name}?", f"What does {name} cost?"]


def amount_for(name):
    return [f"What is the value for {name}?", f"What value does {name} have?", f"How much is shown for {name}?"]
