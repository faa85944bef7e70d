"""A thousand ways to spoil the complete config: each is loaded or refused, and nothing else.

They are seeded: the same thousand at every run.
"""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from router.settings.compile import compile_snapshot
from router.settings.fingerprint import config_hash
from router.settings.load import examine
from router.settings.machine import Machine
from router.wire.codec import encode
from router.wire.messages import Apply
from tests.support.certificates import Authority
from tests.support.shipped import with_files

ROOT = Path(__file__).resolve().parents[3]
COMPLETE = with_files((ROOT / "config" / "gray-router.yaml").read_bytes())
MACHINE = Machine(cores=2, descriptors=20_000, now=1_790_000_000.0)
EACH = 125

pytestmark = pytest.mark.slow

Mutation = Callable[[random.Random, bytes], bytes]


def flip_bytes(chance: random.Random, content: bytes) -> bytes:
    spoiled = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        spoiled[chance.randrange(len(spoiled))] ^= 1 << chance.randrange(8)
    return bytes(spoiled)


def delete_lines(chance: random.Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    for _ in range(chance.randint(1, 5)):
        del lines[chance.randrange(len(lines))]
    return b"".join(lines)


def repeat_a_line(chance: random.Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    lines.insert(chance.randrange(len(lines)), chance.choice(lines))
    return b"".join(lines)


def swap_values(chance: random.Random, content: bytes) -> bytes:
    """Put what stands behind one colon behind another."""
    lines = content.splitlines(keepends=True)
    places = [place for place, line in enumerate(lines) if b": " in line]
    one, other = chance.sample(places, 2)
    (key, _, value), (other_key, _, other_value) = (
        lines[place].partition(b": ") for place in (one, other)
    )
    lines[one], lines[other] = key + b": " + other_value, other_key + b": " + value
    return b"".join(lines)


def truncate(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content))]


def encode_wrongly(chance: random.Random, content: bytes) -> bytes:
    encoding = chance.choice(["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp037", "latin-1"])
    letters = "".join(chance.choices("äß€\x00\x85\u2028\ufeff", k=3))
    text = content.decode().replace("support", f"support{letters}", chance.randint(0, 2))
    return text.encode(encoding, "replace")


def indent_wrongly(chance: random.Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    place = chance.randrange(len(lines))
    lines[place] = b" " * chance.randint(0, 9) + lines[place].lstrip(b" ")
    return b"".join(lines)


def replace_a_value(chance: random.Random, content: bytes) -> bytes:
    odd = [b"", b"~", b"[]", b"{}", b"-1", b"1e999", b"0x10", b'"\\0"', b"*a", b"&a a", b"!!int 1"]
    odd += [
        b"true",
        b"9" * 50,
        b"/",
        b"..",
        b"unix:",
        b"https://",
        b"${A",
        b"x" * 5000,
        b"2026-11-21",
    ]
    lines = content.splitlines(keepends=True)
    place = chance.choice([place for place, line in enumerate(lines) if b": " in line])
    key = lines[place].partition(b": ")[0]
    lines[place] = key + b": " + chance.choice(odd) + b"\n"
    return b"".join(lines)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where the config stands, beside the certificates that it names."""
    folder = tmp_path_factory.mktemp("config")
    authority = Authority(folder)
    for name, suffix in (("tls", "crt"), ("admin", "crt"), ("peer", "crt"), ("client", "pem")):
        certificate = authority.issue(f"DNS:{name}")
        (folder / f"{name}.{suffix}").write_text(certificate.certificate)
        (folder / f"{name}.key").write_text(certificate.key)
    (folder / "ca.pem").write_text(authority.pem)
    return folder / "gray-router.yaml"


def test_unspoiled_it_is_fine(file: Path) -> None:
    file.write_bytes(COMPLETE)
    assert examine(file, {}, MACHINE).problems == ()


@pytest.mark.parametrize(
    "spoil",
    [
        flip_bytes,
        delete_lines,
        repeat_a_line,
        swap_values,
        truncate,
        encode_wrongly,
        indent_wrongly,
        replace_a_value,
    ],
    ids=lambda spoil: spoil.__name__,
)
def test_a_spoiled_config_is_loaded_whole_or_refused_whole(file: Path, spoil: Mutation) -> None:
    chance = random.Random(spoil.__name__)
    refused = 0
    for _ in range(EACH):
        spoiled = spoil(chance, COMPLETE)
        file.write_bytes(spoiled)
        examination = examine(file, {}, MACHINE)
        assert (examination.settings is None) == bool(examination.problems), spoiled
        for problem in (*examination.problems, *examination.warnings):
            assert "\n" not in problem.sentence("x")
        if examination.settings is None:
            refused += 1
        else:
            encode(Apply(compile_snapshot(examination.settings, {}, 1)))
            config_hash(examination.settings)
    assert refused
