"""Makes one ticket look like many: fills in its blanks, then treats it as thumbs and phones do."""

import random
from collections.abc import Callable
from typing import Final

from router.demo.corpus import Ticket

ITEMS: Final = (
    "kettle", "rain jacket", "desk lamp", "headphones", "backpack", "coffee grinder", "tent",
    "smart plug", "wool blanket", "bike light", "speaker", "frying pan", "phone case", "trainers",
)  # fmt: skip
CODES: Final = ("WELCOME10", "SPRING15", "FRIENDS", "summer-5")
MONTHS: Final = ("January", "march", "May", "october")
WAITS: Final = ("3 days", "five days", "a week", "10 days", "two weeks", "nearly a month")
MAILS: Final = ("j.doe@example.com", "anna.k@example.org", "office@example.net")
GREETINGS: Final = (
    "Hi, ",
    "Hello, ",
    "hey ",
    "Hi there! ",
    "Dear Sir or Madam,\n",
    "Good morning,\n",
)
ENDINGS: Final = (
    "\nThanks", " thx", "\nRegards, Tom", " Thank you in advance.", "\n\nSent from my iPhone",
    " asap!!", " :(", "\nKind regards\nMrs. L. Brandt", " ???",
)  # fmt: skip

GREETED: Final = 0.35
ENDED: Final = 0.35
HASTY: Final = 0.45
"""The share of tickets with one to three typing errors in them."""
SHOUTED: Final = 0.03
ALL_SMALL: Final = 0.17


def write(ticket: Ticket, rng: random.Random) -> Ticket:
    """Return a fresh copy of ``ticket``, hardly ever the same as another."""
    return Ticket(ticket.truth, _scuff(_fill(ticket.text, rng), rng))


def _fill(text: str, rng: random.Random) -> str:
    for name, invent in _BLANKS.items():
        blank = "{" + name + "}"
        if blank in text:
            text = text.replace(blank, invent(rng))
    return text


def _order(rng: random.Random) -> str:
    number = rng.randrange(10_000, 99_999)
    return rng.choice(
        (f"#{number}", f"order {number}", f"GR-{number}", f"no. {number}", f"{number}")
    )


def _amount(rng: random.Random) -> str:
    whole, cents = rng.randrange(5, 240), rng.choice(("00", "90", "99", "50"))
    return rng.choice(
        (f"${whole}.{cents}", f"{whole},{cents} €", f"£{whole}", f"{whole}.{cents} EUR")
    )


def _date(rng: random.Random) -> str:
    day, month = rng.randrange(1, 29), rng.randrange(1, 13)
    return rng.choice(
        (f"{day}/{month}", f"{day}.{month}.", f"{month}-{day:02}", "monday", "Friday")
    )


_BLANKS: Final[dict[str, Callable[[random.Random], str]]] = {
    "order": _order,
    "amount": _amount,
    "date": _date,
    "item": lambda rng: rng.choice(ITEMS),
    "days": lambda rng: rng.choice(WAITS),
    "code": lambda rng: rng.choice(CODES),
    "month": lambda rng: rng.choice(MONTHS),
    "email": lambda rng: rng.choice(MAILS),
    "tracking": lambda rng: f"JD{rng.randrange(10**9, 10**10)}",
}


def _scuff(text: str, rng: random.Random) -> str:
    if rng.random() < GREETED:
        text = rng.choice(GREETINGS) + text
    if rng.random() < ENDED:
        text += rng.choice(ENDINGS)
    if rng.random() < HASTY:
        for _ in range(rng.randrange(1, 4)):
            text = _slip(text, rng)
    mood = rng.random()
    if mood < SHOUTED:
        return text.upper()
    return text.lower() if mood < SHOUTED + ALL_SMALL else text


def _slip(text: str, rng: random.Random) -> str:
    """Swap two letters, lose one, or hit one twice."""
    at = rng.randrange(1, max(2, len(text) - 1))
    here, following = text[at : at + 1], text[at + 1 : at + 2]
    slipped = rng.choice((following + here, following, here + here + following))
    return text[:at] + slipped + text[at + 2 :]
