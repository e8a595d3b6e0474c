"""A short course on asyncio: the Python that `tour.rs` says in Rust.

    python3 examples/tour.py           # takes about half a minute
    python3 examples/tour.py 10        # ten times as fast
"""

import asyncio
import sys
import time

SPEED = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0


def say(line):
    print(line, flush=True)


async def io_task(name, delay, iterations):
    for i in range(iterations):
        say(f"{name}: {i}")
        await asyncio.sleep(delay / SPEED)
    return iterations


async def blocking_task(name, delay, iterations):
    for i in range(iterations):
        say(f"{name}: {i}")
        time.sleep(delay / SPEED)  # wrong: nothing else runs meanwhile
    return iterations


async def background():
    say("running")
    await asyncio.sleep(0.5 / SPEED)
    return "result"


async def download(name, delay):
    await asyncio.sleep(delay / SPEED)
    return f"{name} is here"


async def long_operation():
    async with asyncio.timeout(0.5):
        await asyncio.sleep(5)
        return "never"


async def one_after_the_other():
    a = await io_task("A", 0.7, 3)
    b = await io_task("B", 1.1, 4)
    c = await io_task("C", 0.9, 5)
    say(f"{a} + {b} + {c} iterations")


async def side_by_side():
    a, b, c = await asyncio.gather(
        io_task("A", 0.7, 3), io_task("B", 1.1, 4), io_task("C", 0.9, 5)
    )
    say(f"{a} + {b} + {c} iterations")


async def side_by_side_but_blocking():
    a, b, c = await asyncio.gather(
        blocking_task("A", 0.7, 3), blocking_task("B", 1.1, 4), blocking_task("C", 0.9, 5)
    )
    say(f"{a} + {b} + {c} iterations")


async def in_the_background():
    task = asyncio.create_task(background())
    say("continuing")
    say(f"the task gave: {await task}")


async def the_first_of_two():
    fast = asyncio.create_task(download("fast", 0.3))
    slow = asyncio.create_task(download("slow", 0.9))
    done, pending = await asyncio.wait({fast, slow}, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        say(f"done: {task.result()}")
    say(f"pending: {len(pending)}")
    for task in pending:
        say(f"awaited: {await task}")


async def too_long():
    try:
        say(await long_operation())
    except TimeoutError:
        say("took too long")


async def timed(scene, run):
    say(f"-- {scene}")
    start = time.perf_counter()
    await run()
    say(f"{(time.perf_counter() - start) * SPEED:.1f} s")


async def main():
    await timed("three awaits in a row", one_after_the_other)
    await timed("gather", side_by_side)
    await timed("gather, but the tasks block", side_by_side_but_blocking)
    await timed("a task in the background", in_the_background)
    await timed("the first of two", the_first_of_two)
    say("-- a time-out")
    await too_long()


asyncio.run(main())
