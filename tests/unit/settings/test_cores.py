from pathlib import Path

import pytest

from router.settings.cores import usable_cores

V2 = "0::/system.slice/router.service\n"
V1 = "4:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path


def cores(root: Path, own: str, files: dict[str, str], affinity: int = 8) -> int:
    for name, content in files.items():
        file = root / "cgroup" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    (root / "own").write_text(own)
    return usable_cores(affinity, root / "cgroup", root / "own")


def test_without_control_groups_the_affinity_decides(root: Path) -> None:
    assert usable_cores(3, root / "none", root / "none") == 3


def test_this_machine_has_a_core() -> None:
    assert usable_cores() >= 1


@pytest.mark.parametrize(
    ("quota", "count"),
    [
        ("max 100000", 8),
        ("200000 100000", 2),
        ("250000 100000", 2),
        ("50000 100000", 1),
        ("1600000 100000", 8),
        ("0 0", 8),
        ("", 8),
        ("what is this", 8),
    ],
)
def test_version_2_grants_whole_cores(root: Path, quota: str, count: int) -> None:
    assert cores(root, V2, {"system.slice/router.service/cpu.max": quota}) == count


def test_the_least_of_all_groups_around_the_process_counts(root: Path) -> None:
    files = {
        "cpu.max": "max 100000",
        "system.slice/cpu.max": "300000 100000",
        "system.slice/router.service/cpu.max": "500000 100000",
        "system.slice/other.service/cpu.max": "100000 100000",
    }
    assert cores(root, V2, files) == 3


def test_a_container_sees_its_group_as_the_root(root: Path) -> None:
    assert cores(root, "0::/\n", {"cpu.max": "200000 100000"}) == 2
    assert cores(root, "0::/../../elsewhere\n", {"cpu.max": "200000 100000"}) == 2


@pytest.mark.parametrize("mounted", ["cpu,cpuacct", "cpu"])
@pytest.mark.parametrize("group", ["", "docker/abc/"])
def test_version_1_has_a_hierarchy_for_processors(root: Path, mounted: str, group: str) -> None:
    files = {
        f"{mounted}/{group}cpu.cfs_quota_us": "200000\n",
        f"{mounted}/{group}cpu.cfs_period_us": "100000\n",
    }
    assert cores(root, V1, files) == 2


def test_version_1_without_a_quota_leaves_all_cores(root: Path) -> None:
    files = {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}
    assert cores(root, V1, files) == 8


def test_another_hierarchys_quota_means_nothing(root: Path) -> None:
    files = {
        "memory/docker/abc/cpu.cfs_quota_us": "100000",
        "memory/docker/abc/cpu.cfs_period_us": "100000",
    }
    assert cores(root, V1, files) == 8
