from router.control.failures import MOST, MOST_ADDRESSES, WINDOW, Failures


class Watch:
    """A stopwatch that the test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def failed(failures: Failures, peer: str, times: int) -> list[float | None]:
    return [failures.wait(peer) for _ in range(times)]


def test_a_few_failures_are_told_as_what_they_are() -> None:
    assert failed(Failures(Watch()), "10.0.0.1", MOST) == [None] * MOST


def test_one_more_has_to_wait_until_the_first_is_old_enough() -> None:
    watch = Watch()
    failures = Failures(watch)
    failed(failures, "10.0.0.1", MOST)
    watch.now = WINDOW - 1
    assert failures.wait("10.0.0.1") == 1
    watch.now = WINDOW
    assert failures.wait("10.0.0.1") is None


def test_whoever_goes_on_guessing_waits_no_longer_for_it() -> None:
    watch = Watch()
    failures = Failures(watch)
    failed(failures, "10.0.0.1", MOST)
    watch.now = 30
    failed(failures, "10.0.0.1", 100)
    watch.now = WINDOW
    assert failures.wait("10.0.0.1") is None


def test_an_address_does_not_wait_for_what_others_did() -> None:
    failures = Failures(Watch())
    failed(failures, "10.0.0.1", MOST)
    assert failures.wait("10.0.0.2") is None


def test_a_whole_network_of_ipv6_addresses_is_one() -> None:
    failures = Failures(Watch())
    failed(failures, "2001:db8::1", MOST)
    assert failures.wait("2001:db8::2") is not None
    assert failures.wait("2001:db8:0:1::2") is None


def test_what_is_remembered_is_bounded() -> None:
    failures = Failures(Watch())
    for number in range(3 * MOST_ADDRESSES):
        failures.wait(f"peer {number}")
    assert len(failures) == MOST_ADDRESSES
