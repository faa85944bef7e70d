"""How many sequences of commands the stateful tests try: `make laws` sets it."""

import os
from typing import Final

SEQUENCES: Final = int(os.environ.get("GRAY_ROUTER_SEQUENCES", "150"))
