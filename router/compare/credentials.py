"""What credentials look like, and what they are called."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

_SCHEME: Final = r"(?i:\b(?:bearer|basic|digest|token|apikey)\b)[ \t:]{1,3}"
_AFTER_SCHEME: Final = r"(?:(?=[A-Za-z.~+/=_-]{0,64}\d)[\w.~+/=-]{8,}|[\w.~+/=-]{20,})"
_PRIVATE_KEY: Final = r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:[^-]|-(?!-{4}END)){0,20000}"
_ITS_END: Final = r"(?:-----END [A-Z ]{0,30}KEY-----)?"
_MIXED: Final = (
    r"(?<![A-Za-z0-9_-])(?=[A-Za-z_-]{0,64}\d)(?=[A-Z0-9_-]{0,64}[a-z])(?=[a-z0-9_-]{0,64}[A-Z])"
)

_FORMS: Final = tuple(
    (hints, re.compile(form))
    for hints, form in (
        (("eyj",), r"(?<![A-Za-z0-9])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)*"),  # JWT
        (("bearer", "basic", "digest", "token", "apikey"), _SCHEME + _AFTER_SCHEME),
        (("sk-", "sk_", "pk-", "pk_", "rk-", "rk_"), r"\b(?:sk|pk|rk)[-_][\w-]{16,}"),
        (("gh", "glpat-"), r"\b(?:gh[pousr]_|github_pat_|glpat-)[\w-]{10,}"),
        (
            ("hf_", "xox", "npm_", "pypi-", "whsec_"),
            r"\b(?:hf_|xox[abeoprs]-|npm_|pypi-|whsec_)[\w-]{10,}",
        ),
        (("akia", "asia"), r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
        (("aiza",), r"\bAIza[\w-]{35}"),
        (("private key",), _PRIVATE_KEY + _ITS_END),
        # User and password in a URL.
        (("://",), r"(?<=://)[^\s/@:\"']{1,128}:[^\s/@\"']{1,256}(?=@)"),
    )
)
"""What has to be in a text, in small letters, for a form to be looked for; and that form.

To look for a word is a hundred times faster than to look for a form.
"""

_HINTED: Final = tuple((hint, form) for hints, form in _FORMS for hint in hints)

_LONG: Final = re.compile(_MIXED + r"[A-Za-z0-9_-]{32,}")
"""Long, of digits, small and capital letters."""

_SHORTEST_LONG: Final = 32

_TOLD_HINTS: Final = (
    *("pass", "pwd", "secret", "key", "token", "authorization", "cookie", "session"),
    *("signature", "credential"),
)
_TOLD: Final = re.compile(
    r"(?i)(?:pass(?:word|wd|phrase)|pwd|secret|api[_-]?key|access[_-]?key|private[_-]?key|token"
    r"|authorization|cookie|session[_-]?id|signature|credentials?)"
    r"[\"']?\s{0,3}[:=]\s{0,3}[\"']?([^\s\"',;&<>]{4,})"
)
"""What is told in a text by its name, as in `password=…`."""

_NAMES: Final = frozenset(
    (
        *("pass", "pwd", "auth", "jwt", "otp", "pin", "sid", "session", "csrf", "xsrf", "sig"),
        *("credentials", "accesskey", "secretkey", "subscriptionkey", "functionskey"),
    )
)
_ENDS: Final = (
    *("password", "passwd", "passphrase", "secret", "token", "apikey", "privatekey"),
    *("accesskeyid", "authorization", "cookie", "sessionid", "signature", "credential"),
)
_DERIVED: Final = re.compile(r"(?:hash|hashed|digest|salt)$")
"""What is made of a credential, and tells of a weak one what it is."""
_PARAMETERS: Final = frozenset(("key", "code", "state"))
_NO_LETTER: Final = re.compile(r"[^a-z0-9]+")


def find_credentials(text: str) -> Iterator[tuple[int, int]]:
    """Yield where something begins and ends that looks like one."""
    small = text.lower()
    for hint, form in _HINTED:
        if hint in small:
            yield from (found.span() for found in form.finditer(text))
    if len(text) >= _SHORTEST_LONG:
        yield from (found.span() for found in _LONG.finditer(text))
    if (":" in text or "=" in text) and any(hint in small for hint in _TOLD_HINTS):
        yield from (found.span(1) for found in _TOLD.finditer(text))


@lru_cache(maxsize=4096)
def names_a_secret(name: str) -> bool:
    """Say whether what is called like this is a credential, whatever it looks like."""
    plain = _DERIVED.sub("", _NO_LETTER.sub("", name.lower()))
    return plain in _NAMES or plain.endswith(_ENDS)


def is_secret_parameter(name: str) -> bool:
    """Say the same of a name in a query, where signatures and codes of a log-in stand as well."""
    plain = name.lower()
    return plain in _PARAMETERS or plain.startswith("x-amz-") or names_a_secret(plain)
