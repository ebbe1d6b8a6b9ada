"""Random values for the pages: names, places, goods, amounts, dates, codes. All take a random.Random."""

SYLLABLES = ("bar bel ben bor bran cal can car cor dal dan dar del den dor dun el fal far fen gar gil gor hal ham har hol "
             "jan jor kal kel ken kor lan lar len lin lor mal mar mel min mor nal nor ol or pal par pel per pol quin ral "
             "ran rel ren ros sal san sel sol sten tal tan tar tel ter tol tor ul val van ver vin vol wal war wel win wor "
             "yar zan zel").split()
ENDINGS = "a o er en ton ley son ski man berg ford field well ham by ner ling mont dale ick ett oni ard us ix".split()
FIRST = ("Anna Ben Carla David Elena Frank Grace Hugo Ines Jack Karen Leo Maria Nadia Oscar Paula Quentin Rosa Sam Tina "
         "Uwe Vera Will Xenia Yusuf Zoe Alan Bella Chen Dora Emil Fiona George Helen Ivan Julia Kurt Lucy Marc Nora Omar "
         "Petra Ralf Sara Tom Ursula Victor Wanda Amir Clara Eric Iris").split()
BUSINESS = ("Trading Foods Supply Logistics Tools Energy Systems Motors Books Garden Textiles Paper Design Labs Media "
            "Marine Optics Travel Studio Market Bakery Pharma Steel Glass Print Timber Farms Services").split()
LEGAL = ["Ltd", "Inc", "GmbH", "LLC", "Co", "AG", "Group", "& Sons", "Corp", "BV"]
STREETS = "Street Road Avenue Lane Way Square Drive Court".split()
ADJECTIVES = ("red blue green black white small large steel oak soft hard dry fresh light heavy round flat long short "
              "double single fine raw warm cold clear dark wide").split()
GOODS = ("chair table lamp cable mouse screen paper pen folder stapler box bag bottle cup plate fork knife spoon towel "
         "soap brush bucket hammer drill saw screw nail bolt hinge lock key rope tape glue paint bread milk cheese apple "
         "pear plum rice pasta salt sugar tea coffee juice water soup honey olive egg butter onion carrot shirt jacket "
         "scarf glove hat shoe belt sock filter pump valve hose wheel tyre battery charger router printer toner camera "
         "tripod clock ladder shelf desk").split()
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December"]
CITIES = ("Oslo Lima Paris Madrid Berlin Turin Lyon Porto Ghent Bergen Leeds Cork Basel Graz Brno Gdansk Riga Tartu Turku "
          "Malmo Aarhus Bilbao Sevilla Napoli Verona Split Sofia Varna Izmir Haifa Tunis Dakar Accra Nairobi Durban Pune "
          "Hanoi Osaka Perth Quito Boston Denver Austin Tampa Omaha").split()


def word(rng):
    """An invented proper name of two or three syllables."""
    return ("".join(rng.choice(SYLLABLES) for _ in range(rng.choice((1, 1, 2)))) + rng.choice(ENDINGS)).capitalize()


def person(rng):
    return f"{rng.choice(FIRST)} {word(rng)}"


def company(rng):
    shape = rng.random()
    if shape < 0.6:
        return f"{word(rng)} {rng.choice(BUSINESS)} {rng.choice(LEGAL)}"
    if shape < 0.8:
        return f"{word(rng)} {rng.choice(BUSINESS)}"
    return f"{word(rng)} & {word(rng)} {rng.choice(LEGAL)}"


def city(rng):
    return rng.choice(CITIES) if rng.random() < 0.5 else word(rng)


def street(rng):
    return f"{rng.randint(1, 399)} {word(rng)} {rng.choice(STREETS)}"


def postcode(rng):
    return f"{rng.randint(10000, 99999)}"


def item(rng):
    if rng.random() < 0.35:
        return f"{rng.choice(ADJECTIVES)} {rng.choice(GOODS)}".capitalize()
    if rng.random() < 0.5:
        return f"{rng.choice(GOODS)} {rng.choice('ABCDEFGHKLMNPRSTX')}{rng.randint(2, 99)}".capitalize()
    return f"{word(rng)} {rng.choice(GOODS)}"


def distinct(rng, make, count):
    """`count` different values of make(rng)."""
    seen = []
    while len(seen) < count:
        value = make(rng)
        if value not in seen:
            seen.append(value)
    return seen


def cents(rng, low=50, high=500_000):
    """An amount in cents, log-uniform between the bounds."""
    return int(low * (high / low) ** rng.random())


class Money:
    """How a page writes amounts: sign, its place, and the thousands separator."""

    def __init__(self, rng):
        self.sign = rng.choice(["$", "$", "€", "£", "USD ", "EUR ", ""])
        self.after = self.sign in ("€",) and rng.random() < 0.5
        self.grouped = rng.random() < 0.6

    def __call__(self, amount):
        number = f"{amount / 100:,.2f}" if self.grouped else f"{amount / 100:.2f}"
        return f"{number} {self.sign}".strip() if self.after else f"{self.sign}{number}"


class Dates:
    """How a page writes dates."""

    def __init__(self, rng):
        self.shape = rng.randrange(6)

    def __call__(self, rng):
        day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1990, 2029)
        name = MONTHS[month - 1]
        return (f"{year}-{month:02d}-{day:02d}", f"{day:02d}.{month:02d}.{year}", f"{month:02d}/{day:02d}/{year}",
                f"{day} {name} {year}", f"{name} {day}, {year}", f"{day:02d} {name[:3]} {year}")[self.shape]


def code(rng):
    """A reference number such as INV-20483 or A7/3391."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    shape = rng.randrange(5)
    if shape == 0:
        return f"{rng.choice(letters)}{rng.choice(letters)}-{rng.randint(1000, 99999)}"
    if shape == 1:
        return f"{rng.randint(100000, 99999999)}"
    if shape == 2:
        return f"{rng.choice(letters)}{rng.randint(1, 99)}/{rng.randint(100, 9999)}"
    if shape == 3:
        return f"{rng.randint(2000, 2029)}-{rng.randint(100, 9999):04d}"
    return f"{rng.choice(letters)}{rng.randint(10000, 999999)}{rng.choice(letters)}"


def phone(rng):
    return f"{rng.randint(20, 99)} {rng.randint(100, 999)} {rng.randint(1000, 9999)}"


def email(rng):
    return f"{word(rng).lower()}@{word(rng).lower()}.{rng.choice(['com', 'org', 'net', 'de', 'io'])}"
