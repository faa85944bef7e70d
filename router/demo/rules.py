"""The legacy classifier: keyword rules that have grown over ten years, and work as such rules do.

They are fast, free and easy to explain. They know no typing errors and little but English, and
where a ticket has two subjects, the one with more hits wins, on a tie the one that stands first.
"""

import re
from typing import ClassVar, Final

from router.demo.corpus import Label
from router.demo.verdict import Verdict

KEYWORDS: Final[dict[Label, tuple[str, ...]]] = {
    Label.REFUND: (
        "refund(s|ed)?", "money ?back", "money", r"reimburs\w*", "return(ed|s)?", "give back",
        "broken", "defective", "geld zur(ü|ue)ck", "r(ü|ue)ckerstattung",
    ),
    Label.CANCELLATION: (
        "cancel(l?ed|ling)?", "terminate", "stop", "contract", "auto-?renew", "notice period",
        r"k(ü|ue)ndig\w*", r"stornier\w*",
    ),
    Label.SHIPPING: (
        "ship(ped|ping|ment)?", "deliver(y|ed)?", "parcel", "package", "tracking", "courier",
        "driver", "customs", "arrived?", "where('s| is)", "paket", "lieferung",
    ),
    Label.BILLING: (
        "invoice", "receipts?", "bill(ing|ed)?", "charged?", "payment", "paid", "price",
        "credit card", "vat", "tax", "rechnung",
    ),
    Label.ACCOUNT: (
        "account", "log ?in", "password", "profile", "e-?mail", "user ?name", "locked", "2fa",
        "passwort", "konto",
    ),
    Label.TECHNICAL: (
        "errors?", "crash(es|ed|ing)?", "bug", "app", "website", "page", "update", "api", "export",
        r"install\w*", "wifi", "bluetooth",
    ),
}  # fmt: skip

_RULES: Final = {
    label: re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)
    for label, words in KEYWORDS.items()
}


class KeywordRules:
    """Counts each label's keywords; what has none is `other`."""

    name: ClassVar[str] = "keyword-rules"

    def classify(self, text: str) -> Verdict:
        hits = {label: sum(1 for _ in rule.finditer(text)) for label, rule in _RULES.items()}
        every = sum(hits.values())
        if not every:
            return Verdict(Label.OTHER, 0.0)
        winner = max(hits, key=hits.__getitem__)
        return Verdict(winner, hits[winner] / every)
