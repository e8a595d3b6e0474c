"""What asyncio takes for the work of `benches/benches/python.rs`: a line with the name and the nanoseconds
for each, the least of several rounds. With `uvloop` as its argument on that loop."""

import asyncio
import sys
import time

ROUNDS = 5


async def ready():
    return 1


async def turn():
    await asyncio.sleep(0)


async def gather_3(times):
    for _ in range(times):
        await asyncio.gather(ready(), ready(), ready())


async def gather_ready(times):
    await asyncio.gather(*[ready() for _ in range(times)])


async def gather_turn(times):
    await asyncio.gather(*[turn() for _ in range(times)])


async def tasks_all(times):
    tasks = [asyncio.create_task(ready()) for _ in range(times)]
    for task in tasks:
        await task


async def tasks_one_by_one(times):
    for _ in range(times):
        await asyncio.create_task(ready())


async def task_group(times):
    async with asyncio.TaskGroup() as group:
        for _ in range(times):
            group.create_task(ready())


async def switch(times):
    async def turns():
        for _ in range(times // 100):
            await asyncio.sleep(0)

    tasks = [asyncio.create_task(turns()) for _ in range(100)]
    for task in tasks:
        await task


async def switch_alone(times):
    for _ in range(times):
        await asyncio.sleep(0)


async def future(times):
    loop = asyncio.get_running_loop()
    waiting = None

    async def waiter():
        nonlocal waiting
        for _ in range(times):
            waiting = loop.create_future()
            await waiting

    task = asyncio.create_task(waiter())
    await asyncio.sleep(0)
    for _ in range(times):
        waiting.set_result(None)
        await asyncio.sleep(0)
    await task


async def queue_pingpong(times):
    ping, pong = asyncio.Queue(1), asyncio.Queue(1)

    async def other():
        for _ in range(times // 2):
            await pong.put(await ping.get())

    task = asyncio.create_task(other())
    for i in range(times // 2):
        await ping.put(i)
        await pong.get()
    await task


async def queue_stream(times):
    queue = asyncio.Queue(1000)

    async def producer():
        for i in range(times):
            await queue.put(i)

    task = asyncio.create_task(producer())
    for _ in range(times):
        await queue.get()
    await task


async def wait_for_ready(times):
    for _ in range(times):
        await asyncio.wait_for(ready(), 10)


async def wait_for_turn(times):
    for _ in range(times):
        await asyncio.wait_for(turn(), 10)


async def lock(times):
    one = asyncio.Lock()
    for _ in range(times):
        async with one:
            pass


async def semaphore(times):
    one = asyncio.Semaphore(2)
    for _ in range(times):
        async with one:
            pass


async def wait_first(times):
    async def late():
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    for _ in range(times):
        tasks = [asyncio.create_task(ready()), asyncio.create_task(late()), asyncio.create_task(late())]
        _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            await task


WORK = [
    ("gather of 3 that are ready", gather_3, 10_000),
    ("gather of 100,000, ready, each", gather_ready, 100_000),
    ("gather of 100,000, one sleep(0), each", gather_turn, 100_000),
    ("create_task all, await all, each", tasks_all, 20_000),
    ("create_task and await, each", tasks_one_by_one, 20_000),
    ("task group, each task", task_group, 20_000),
    ("sleep(0) in 100 tasks, each", switch, 100_000),
    ("sleep(0) alone", switch_alone, 50_000),
    ("future set, awaited in another task", future, 20_000),
    ("queue ping-pong, each message", queue_pingpong, 20_000),
    ("queue of 1,000, stream, each item", queue_stream, 100_000),
    ("wait_for, ready", wait_for_ready, 20_000),
    ("wait_for, one sleep(0)", wait_for_turn, 20_000),
    ("lock", lock, 100_000),
    ("semaphore", semaphore, 100_000),
    ("wait for the first of 3 tasks", wait_first, 10_000),
]


def main():
    if sys.argv[1:] == ["uvloop"]:
        import uvloop

        factory, version = uvloop.new_event_loop, f"uvloop {uvloop.__version__}"
    else:
        factory, version = None, f"CPython {sys.version.split()[0]}"
    print(version, flush=True)
    with asyncio.Runner(loop_factory=factory) as runner:
        for name, work, times in WORK:
            least = float("inf")
            for _ in range(ROUNDS):
                begun = time.perf_counter_ns()
                runner.run(work(times))
                least = min(least, (time.perf_counter_ns() - begun) / times)
            print(f"{name}\t{least:.1f}", flush=True)


main()
