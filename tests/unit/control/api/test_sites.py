from router.control.api.access import Access
from router.control.api.sites import guard_for


def test_a_guard_begins_with_nobody_signed_in_and_secrets_of_his_own() -> None:
    guard = guard_for(Access(), lambda: 0.0)
    cookies = {guard.sessions.begin("first.last")[0] for _ in range(3)}
    assert len(cookies) == 3
    assert min(map(len, cookies)) >= 43  # 256 bits
    assert guard_for(Access(), lambda: 0.0).sessions.find(cookies.pop()) is None
