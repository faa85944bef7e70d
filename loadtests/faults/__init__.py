"""Injected faults: `make faults`. What was promised, what was seen, and whether it held.

promise    one promise and what was seen of it (pure)
book       every request by its id, as clients and as backends saw it, and the verdict (pure)
origin     a backend that writes down each id and misbehaves on demand
caller     one client's connection
traffic    open and closed loops of callers
dripping   clients that send one byte a second
serving    `gray-router serve` as a process that can be killed, starved and started again
killing    kill -9 of a worker, and whose failure that excuses
holders    which process holds which connection
manager    the release manager's calls, and when they were made
strikes    what goes wrong just when somebody rolls back
falls      what AI saw of a rollback, and whether its report says the same (pure)
memory     what a router remembers, read from its store's file
disk       a disk that is filled; clocks: a time of day that jumps; hosts: a name that moves
stage      what a scene plays on: ground, backends, routers, and nobody left behind
scenes/    one fault each
bystanders what others used of the cores meanwhile
page       the table, in the terminal and in docs/reliability.md

Clients, backends and the scene share one process and one clock; the router has its own.
"""
