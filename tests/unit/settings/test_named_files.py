from pathlib import Path

import pytest

from router.settings import named_files as module
from router.settings.named_files import named_files
from router.settings.problems import Data
from router.wire.codec import MAX_FRAME
from tests.support.certificates import Authority
from tests.unit.settings.configs import examined_at, problems_in, service


@pytest.fixture
def variant(tmp_path: Path) -> dict[str, Data]:
    (tmp_path / "ca.pem").write_text(Authority(tmp_path).pem)
    return {"endpoints": ["https://10.0.0.1:9443"], "tls": {"ca": "ca.pem"}}


def test_every_file_is_found_at_its_place(tmp_path: Path, variant: dict[str, Data]) -> None:
    other = service("other", ai=variant, match={"paths": ["/other"]})
    settings = examined_at(tmp_path, service(legacy=variant), other).settings
    assert settings is not None
    assert [(place, file.path.name) for place, file in named_files(settings)] == [
        (("services", 0, "legacy", "tls", "ca"), "ca.pem"),
        (("services", 1, "ai", "tls", "ca"), "ca.pem"),
    ]


def test_files_that_no_worker_could_be_told_are_refused(
    tmp_path: Path, variant: dict[str, Data], monkeypatch: pytest.MonkeyPatch
) -> None:
    weight = (tmp_path / "ca.pem").stat().st_size
    monkeypatch.setattr(module, "HEAVIEST", weight)
    assert problems_in(tmp_path, service(ai=variant)) == []
    ((path, statement),) = problems_in(tmp_path, service(legacy=variant, ai=variant))
    assert path == "services"
    assert statement.startswith(f"certificates and keys of {2 * weight} bytes are too much")


def test_what_they_may_weigh_fits_into_a_message() -> None:
    assert module.HEAVIEST < MAX_FRAME
