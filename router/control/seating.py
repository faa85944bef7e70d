"""Who accepts on which slots: pure, decided anew whenever a worker comes or goes.

Rule 1: every slot has exactly one worker that accepts on it, as long as there is any worker.
Rule 2: burdens differ by one at most. So where there are more workers than slots, whoever is beyond
has none: the warm spare, which takes the slots of the next one that dies.
Rule 3: no slot moves that need not.
"""

from collections.abc import Collection, Iterable, Mapping


def seated(slots: Iterable[int], ready: Mapping[str, Collection[int]]) -> dict[str, frozenset[int]]:
    """Return each worker's slots, given those that it has by now.

    ``ready`` are the workers that can accept, the one that has been here longest first.
    """
    free = sorted(set(slots))
    if not ready:
        return {}
    least, more = divmod(len(free), len(ready))
    held: dict[str, list[int]] = {}
    for name, before in ready.items():
        held[name] = [slot for slot in free if slot in before]
        free = [slot for slot in free if slot not in before]
    # Whoever has most keeps one more than the others: fewer slots move.
    by_burden = sorted(held, key=lambda name: -len(held[name]))
    part = {name: least + (place < more) for place, name in enumerate(by_burden)}
    for name, has in held.items():
        free += has[part[name] :]
    for name in reversed(by_burden):
        missing = part[name] - len(held[name])
        held[name] = held[name][: part[name]] + free[: max(0, missing)]
        free = free[max(0, missing) :]
    return {name: frozenset(has) for name, has in held.items()}
