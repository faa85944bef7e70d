"""What two documents have in common, found at the speed of C.

Python is asked first whether two values are equal: that costs a fifteenth of having parsed them.
Its yes is not JSON's, though: `True == 1`. So what it calls equal is written down as JSON, all of
an object or array at once: that costs a seventh, and where keys stand in another order, so that
they are sorted, another half. Whatever is not settled so is left to be walked.
"""

from orjson import OPT_SORT_KEYS, dumps

from router.places.pointer import MISSING, Json


def surely(one: Json, two: Json) -> bool:
    """Tell whether what Python calls equal is so in JSON, too; a no may also be a perhaps."""
    kind = type(one)
    if kind is not type(two):
        return False
    return (kind is not dict and kind is not list) or _written_alike(one, two)


def unsettled_keys(legacy: dict[str, Json], ai: dict[str, Json]) -> list[str]:
    """Return legacy's keys that AI has not, or that may differ, in their order."""
    unequal: list[str] = []
    ones: list[Json] = []
    twos: list[object] = []
    of_ai = ai.get
    for key, one in legacy.items():
        two = of_ai(key, MISSING)
        if one != two:
            unequal.append(key)
        elif type(one) is not str:  # the one type that is equal to itself alone
            ones.append(one)
            twos.append(two)
    if not ones or _written_alike(ones, twos):
        return unequal
    return [key for key, one in legacy.items() if key not in ai or not _same(one, ai[key])]


def unsettled_indexes(legacy: list[Json], ai: list[Json]) -> list[int]:
    """Return the indexes whose elements may differ, of two arrays of one length."""
    unequal = [at for at, (one, two) in enumerate(zip(legacy, ai, strict=True)) if one != two]
    if _written_alike(_without(legacy, unequal), _without(ai, unequal)):
        return unequal
    return [at for at, (one, two) in enumerate(zip(legacy, ai, strict=True)) if not _same(one, two)]


def _without(array: list[Json], left_out: list[int]) -> list[Json]:
    if not left_out:
        return array
    rest = array.copy()
    for index in left_out:
        rest[index] = None
    return rest


def _same(one: Json, two: Json) -> bool:
    return one == two and surely(one, two)


def _written_alike(one: object, two: object) -> bool:
    try:
        return dumps(one) == dumps(two) or (
            dumps(one, option=OPT_SORT_KEYS) == dumps(two, option=OPT_SORT_KEYS)
        )
    except TypeError:  # deeper than orjson writes
        return False
