"""Looks for bytes that break a law of the parser border, guided by coverage: `make fuzz`."""

import sys

import atheris

with atheris.instrument_imports(include=["router.http1"]):
    from tests.fuzz import laws


def one_input(data: bytes) -> None:
    """What the fuzzer calls; whatever is raised here is a finding."""
    laws.check(data)


def main() -> None:
    """Fuzz until the arguments of libFuzzer in `sys.argv` say stop."""
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
