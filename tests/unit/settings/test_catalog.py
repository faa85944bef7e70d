from router.settings.catalog import key_path, keys, models, names_under
from router.settings.schema import Settings
from router.settings.schema_service import UpstreamSettings


def test_every_key_has_a_path_without_indexes() -> None:
    assert {"proxy.listen", "services[].ai.pool.idle", "services[].split.rules[].when.json"} < set(
        keys()
    )


def test_the_names_of_a_mapping_are_its_own() -> None:
    assert names_under("") == [
        "proxy",
        "admin",
        "store",
        "state_dir",
        "replica",
        "lease",
        "records",
        "comparer",
        "services",
    ]
    assert names_under("services[].release.stages[]") == ["percent"]
    assert names_under("services[].split.force") == ["header", "from"]
    assert names_under("services[].compare.tolerance.*") == ["absolute", "relative"]
    assert names_under("nowhere") == []


def test_a_path_of_a_file_leads_to_its_key() -> None:
    assert key_path(("services", 0, "ai", "endpoints", 1)) == "services[].ai.endpoints[]"
    assert (
        key_path(("services", 0, "compare", "tolerance", "/a.b", "absolute"))
        == "services[].compare.tolerance.*.absolute"
    )


def test_models_are_listed_once() -> None:
    found = list(models())
    assert found[0] is Settings
    assert found.count(UpstreamSettings) == 1
    assert len(found) == len(set(found))


def test_defaults_are_shown_as_they_are_written() -> None:
    shown = {path: key.default for path, key in keys().items()}
    assert shown["proxy.listen"] == ["0.0.0.0:8080"]
    assert shown["proxy.limits.header_bytes"] == "64KiB"
    assert shown["proxy.limits.body"] is None
    assert shown["services[].ai.retry.backoff"] == "50ms"
    assert shown["services[].release.stages"] == [5, 20, 50, 100]
    assert shown["services[].split.cookie.max_age"] == "30d"


def test_what_is_needed_has_no_default() -> None:
    assert [
        key.path for key in keys().values() if key.is_required and key.default is not None
    ] == []
    assert keys()["services[].legacy.endpoints"].is_required
