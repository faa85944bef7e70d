import os

from router.control.rate_memory import make_rate_memory
from router.routing.rates import RateTable
from router.routing.spending import SHARED_BYTES


def test_a_new_table_is_empty_and_has_a_secret_of_its_own() -> None:
    first, second = make_rate_memory(), make_rate_memory()
    contents = [os.pread(memory, SHARED_BYTES, 0) for memory in (first, second)]
    os.close(first)
    os.close(second)
    assert [len(content) for content in contents] == [SHARED_BYTES] * 2
    assert contents[0][:16] != contents[1][:16]
    assert not any(contents[0][16:])
    assert RateTable(memoryview(bytearray(contents[0])), 1.0, 1.0).wait(b"key", 10**9) == 0
