"""Keeps `state_dir` there and ours while we serve.

Somebody may remove the folder (`rm -r data`, a cleaner of temporary files, a volume that is mounted
over it). Whoever serves would go on, but no worker could follow a dead one: it finds no control
socket. So what is missing is made again; and what another router has made there meanwhile is left
alone. The same holds for the store and the journal, if they alone are removed or replaced: whoever
serves knows best how everything stands.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from router.control.door import Door
from router.control.events import tell
from router.control.state_dir import Claim, open_control
from router.errors import StateDirError
from router.wire.control_socket import control_id

LOOK_EVERY: Final = 1.0
"""Seconds."""


class Residence:
    """Made once the control socket is there; ``write_again`` does so with all else.

    ``keep_displaced`` does so with a store or a journal that is gone, and says if one was.
    """

    def __init__(
        self,
        claim: Claim,
        door: Door,
        write_again: Callable[[], None],
        keep_displaced: Callable[[], bool] = lambda: False,
    ) -> None:
        self._claim = claim
        self._door = door
        self._write_again = write_again
        self._keep_displaced = keep_displaced
        self._control = control_id(claim.state_dir)
        self._told = ""

    async def keep(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            await self.look()

    async def look(self) -> None:
        """Make again what is gone, or say why that is impossible; the same is said once."""
        state_dir = self._claim.state_dir
        if self._claim.is_held and self._control == control_id(state_dir):
            if self._keep_displaced():
                tell("store_displaced", level=logging.ERROR)
            return
        try:
            if not self._claim.is_held:
                self._claim.take()
            control = open_control(state_dir)
        except StateDirError as error:
            if str(error) != self._told:
                tell("state_dir_lost", level=logging.ERROR, error=str(error))
                self._told = str(error)
            return
        self._control = control_id(state_dir)
        await self._door.move(control)
        self._write_again()
        tell("state_dir_restored", level=logging.WARNING, state_dir=str(state_dir))
        self._told = ""
