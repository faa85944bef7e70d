"""`python -m loadtests.faults`: play the scenes; exit 0 when every promise was held."""

import argparse
import asyncio
import gc
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import uvloop

from loadtests.bench import machine
from loadtests.bench.table import renew
from loadtests.faults import page
from loadtests.faults.bystanders import Bystanders
from loadtests.faults.page import Found
from loadtests.faults.promise import Promise
from loadtests.faults.scenes import SCENES, Scene
from loadtests.faults.stage import SEED, Stage
from loadtests.ground import compiled, end_on_sigterm

PAGE: Final = Path("docs/reliability.md")
TRIES: Final = 3


class SceneError(Exception):
    """A scene is wrong itself."""


def main(arguments: Sequence[str]) -> int:
    """Play what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.faults", description=__doc__)
    names = [scene.name for scene in SCENES]
    parser.add_argument("--only", help=f"comma-separated: {', '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="smaller and shorter: a smoke test")
    parser.add_argument("--seed", type=int, default=SEED, help="of the scenes that draw by lot")
    asked = parser.parse_args(arguments)
    wanted = asked.only.split(",") if asked.only else names
    if unknown := set(wanted) - set(names):
        parser.error(f"no such scene: {', '.join(sorted(unknown))}")
    end_on_sigterm()
    gc.set_threshold(50_000)  # a collection of ours would look like the router's delay
    playing = [scene for scene in SCENES if scene.name in wanted]
    with compiled():
        found = [play_with_patience(scene, asked.quick, asked.seed) for scene in playing]
    print(f"\n{page.table(found)}\n\n{page.summary(found)}")
    if len(found) == len(SCENES) and not asked.quick:
        keep(found)
    return 1 if any(scene.broken for scene in found) else 0


def play_with_patience(scene: Scene, is_quick: bool, seed: int = SEED) -> Found:
    """Play one scene, and again where time alone was missed: others may have had the cores."""
    found = play(scene, is_quick, seed)
    while found.is_only_late and found.tries < TRIES:
        found = replace(play(scene, is_quick, seed), tries=found.tries + 1)
    return found


def play(scene: Scene, is_quick: bool, seed: int = SEED) -> Found:
    """Play one scene on a stage of its own; a scene that breaks down has kept no promise."""
    began = time.monotonic()
    with Bystanders() as others:
        try:
            promises = uvloop.run(_play(scene, Stage(is_quick=is_quick, seed=seed)))
        except Exception as error:  # noqa: BLE001 - whatever it was, the other scenes are played
            traceback.print_exception(error)
            promises = [
                Promise("the scene comes to its end", f"{type(error).__name__}: {error}", False)
            ]
    found = Found(scene.name, scene.title, time.monotonic() - began, promises, others.share)
    for promise in promises:
        word = "held" if promise.held else "missed" if found.is_excused(promise) else "BROKEN"
        print(f"{scene.name}: {word}: {promise.promised}: {promise.seen}", flush=True)
    return found


async def _play(scene: Scene, made: Stage) -> Sequence[Promise]:
    mishaps: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: mishaps.append(context))
    async with asyncio.timeout(scene.limit), made as stage:
        promises = await scene.play(stage)
    if mishaps:
        raise SceneError(f"{len(mishaps)} callbacks of the scene failed, first: {mishaps[0]}")
    return promises


def keep(found: Sequence[Found]) -> None:
    """Write the page that the docs show."""
    setting = f"{machine.machine()}; {machine.system()}."
    text = f"{page.summary(found)} {setting}\n\n{page.table(found)}"
    PAGE.write_text(renew(PAGE.read_text(), text, page.BEGIN, page.END))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
