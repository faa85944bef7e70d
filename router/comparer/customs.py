"""The services' own functions, by the rules in force."""

from collections.abc import Mapping
from functools import partial

from router.compare.rules import CompareRules
from router.comparer.custom import Custom, Senses
from router.comparer.custom_process import Deadlines, started
from router.tasks import TaskOwner


class Customs:
    """Owns them. A function stays, with its process, as long as its service's rules do."""

    def __init__(self, senses: Senses, tasks: TaskOwner) -> None:
        self._senses = senses
        self._tasks = tasks
        self._rules: dict[str, CompareRules] = {}
        self._all: dict[str, Custom] = {}

    def compare_by(self, rules: Mapping[str, CompareRules]) -> Mapping[str, Custom]:
        """Return the functions of services that have one; those that are gone are ended."""
        before, self._all = self._all, {}
        for service, its in rules.items():
            if its.custom:
                is_kept = service in before and self._rules[service] == its
                self._all[service] = before[service] if is_kept else self._made(its)
        self._rules = dict(rules)
        for service, custom in before.items():
            if self._all.get(service) is not custom:
                self._tasks.spawn(custom.close(), "end of a function")
        return self._all

    async def close(self) -> None:
        """End all of them."""
        for custom in self._all.values():
            await custom.close()

    def _made(self, rules: CompareRules) -> Custom:
        return Custom(rules, partial(started, rules.custom, Deadlines()), self._senses)
