import asyncio
import gc
import weakref

from router.tasks import TaskOwner


class Deaths:
    """Keeps what an owner reports."""

    def __init__(self) -> None:
        self.reported: list[tuple[str, BaseException]] = []
        self.one = asyncio.Event()

    def __call__(self, name: str, error: BaseException) -> None:
        self.reported.append((name, error))
        self.one.set()


async def test_a_task_that_fails_is_reported_by_its_name() -> None:
    deaths = Deaths()
    bug = RuntimeError("a bug")

    async def fail() -> None:
        raise bug

    TaskOwner(deaths).spawn(fail(), "telemetry")
    await deaths.one.wait()
    assert deaths.reported == [("telemetry", bug)]


async def test_a_task_that_ends_or_is_cancelled_is_no_death() -> None:
    deaths = Deaths()
    owner = TaskOwner(deaths)
    assert await owner.spawn(asyncio.sleep(0, "done"), "short") == "done"
    endless = owner.spawn(asyncio.Event().wait(), "endless")
    await owner.close()
    assert endless.cancelled()
    assert deaths.reported == []


async def test_an_owner_keeps_its_tasks_alive() -> None:
    waiting: list[weakref.ref[asyncio.Future[str]]] = []

    async def wait() -> str:
        # Nobody but the task itself knows what it waits for: without an owner both are garbage.
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        waiting.append(weakref.ref(future))
        return await future

    owner = TaskOwner(Deaths())
    owner.spawn(wait(), "kept")
    await asyncio.sleep(0)
    gc.collect()
    assert waiting[0]() is not None
    await owner.close()


async def test_closing_waits_until_every_task_has_cleaned_up() -> None:
    cleaned: list[str] = []
    started = asyncio.Event()

    async def work() -> None:
        try:
            started.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.append("up")

    owner = TaskOwner(Deaths())
    owner.spawn(work(), "work")
    await started.wait()
    await owner.close()
    assert cleaned == ["up"]
