"""The services' own functions, by the rules in force."""

from collections.abc import Mapping
from functools import partial

from router.compare.rules import CompareRules, Profile
from router.comparer.custom import Custom, Senses
from router.comparer.custom_process import Deadlines, started
from router.tasks import TaskOwner


class Customs:
    """Owns them. A function stays, with its process, as long as it would be asked the same.

    One that goes answers what waits for it first, unless the next one of its service goes as well.
    """

    def __init__(self, senses: Senses, tasks: TaskOwner) -> None:
        self._senses = senses
        self._tasks = tasks
        self._questions: dict[str, tuple[str, Profile]] = {}
        self._all: dict[str, Custom] = {}
        self._leaving: dict[str, Custom] = {}

    def compare_by(self, rules: Mapping[str, CompareRules]) -> Mapping[str, Custom]:
        """Return the functions of services that have one; those that are gone are ended."""
        before, self._all = self._all, {}
        for service, its in rules.items():
            if its.custom:
                is_kept = service in before and self._questions[service] == _asked(its)
                self._all[service] = before[service] if is_kept else self._made(its)
        self._questions = {service: _asked(its) for service, its in rules.items()}
        for service, custom in before.items():
            if self._all.get(service) is not custom:
                self._tasks.spawn(self._leave(service, custom), "end of a function")
        return self._all

    async def close(self) -> None:
        """End all of them."""
        for custom in (*self._leaving.values(), *self._all.values()):
            await custom.close()

    async def _leave(self, service: str, custom: Custom) -> None:
        slow, self._leaving[service] = self._leaving.get(service), custom
        if slow is not None:  # so that no number of reloads has more than two processes
            await slow.close()
        await custom.finish()
        if self._leaving.get(service) is custom:
            del self._leaving[service]

    def _made(self, rules: CompareRules) -> Custom:
        return Custom(rules, partial(started, rules.custom, Deadlines()), self._senses)


def _asked(rules: CompareRules) -> tuple[str, Profile]:
    """Return whom the rules have asked, and what decides how answers are put to it."""
    return rules.custom, rules.profile
