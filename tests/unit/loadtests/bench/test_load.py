import pytest

from loadtests.bench.load import Load, Questions, read
from loadtests.ground import GroundError

OUTPUT = """\
Running 4s test @ http://127.0.0.1:8080
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.02ms    2.12ms  41.41ms   96.15%
    Req/Sec    41.97k     7.12k   49.86k    77.50%
  167104 requests in 4.00s, 184.11MB read
Requests/sec:  41776.03
wrk: {"requests":167104,"duration_us":4000000,"p50_us":662,"p99_us":4058,"broken":0,"refused":0}
"""


def test_wrk_s_counts_are_read_from_the_line_that_our_script_prints() -> None:
    assert read(OUTPUT) == Load(167104, 4_000_000, 662, 4058, broken=0, refused=0, received=0)


def test_requests_a_second_follow_from_wrk_s_own_clock() -> None:
    assert read(OUTPUT).per_second == 41_776


def test_a_wrk_that_counted_nothing_is_no_measurement() -> None:
    with pytest.raises(GroundError, match="unable to connect"):
        read("unable to connect to 127.0.0.1:8080 Connection refused\n")


def test_a_body_makes_it_a_post() -> None:
    assert Questions().arguments() == ["GET", "/v1/answer", "10000", "0"]
    assert Questions("/upload", users=10, body=9).arguments() == ["POST", "/upload", "10", "9"]
