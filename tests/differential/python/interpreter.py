"""Runs random programs on CPython's asyncio, under virtual time: one program a line of JSON, one trace a line.

Usage: interpreter.py [--timers=last] [--turns=N] [--eager] [--late=K | --woken-late=K] [--shuffled] [--jitter=SEED]
    < programs > traces

`--timers=last` lets timers of the same deadline fire in the opposite order, `--turns=N` gives `gather`, `wait`,
`shield` and `TaskGroup` so many more turns of the loop, `--eager` starts their branches at once, `--late=K` lets some of the
bodies (`--late=all` lets all of them) take more turns between their statements, `--woken-late=K` only when they start
or were woken, `--shuffled` runs what is ready at the same time in another order, `--jitter=SEED` makes times a bit
longer or shorter. See ../README.md for what these are good for.
"""
import asyncio
import contextlib
import json
import os
import random
import sys
import warnings
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../conformance/python"))
import virtual_loop  # noqa: E402
from held import Condition, Held, InnerCancelled, Kept, fires  # noqa: E402

HORIZON = 1_000_000  # what has not ended by then never does

JITTER = 15

# Milliseconds are seconds here: their sums are exact.


class Raised(Exception):
    """What programs raise, and what their groups do."""


def text(error):
    if isinstance(error, Raised):
        return error.args[0]
    if isinstance(error, (InnerCancelled, asyncio.CancelledError)):
        return "CancelledError"
    return type(error).__name__


class Context:
    """What runs under one name. Branches of a gather and children of a group belong to a task: their root."""

    def __init__(self, name, parent=None):
        self.name = name
        self.root = parent.root if parent else self
        self.inside = []  # the time-outs and groups around what runs now
        self.held = 0  # cancellations that a cleanup holds back
        self.cleanups = 0  # how many of `inside` are around the innermost cleanup that runs
        if parent is None:
            self.requests, self.pending = 0, False
            self.groups = []
        self.seen = self.root.requests

    def is_explicit(self, cancelled):
        """Whether somebody called `cancel()`; else a time-out or a group did."""
        known = getattr(cancelled, "explicit", None)
        if known is None:
            known = cancelled.explicit = self.root.requests > self.seen
            self.seen = self.root.requests
            if self.root is self:
                self.taken()
        return known

    def drop_around(self, first, inside, explicit):
        """What ends a body ends at once all that is around it up to there, or up to the cleanup that it is in: groups
        cancel their children, time-outs are over. CPython gets to them when the cleanup of the body has ended
        (B-204)."""
        around = self.inside[first:inside]
        ending = [index for index, scope in enumerate(around) if fires(scope)]
        first = 0 if explicit else min(ending, default=-1) + 1
        for scope in around[first:]:
            if isinstance(scope, asyncio.TaskGroup):
                scope._abort()
            elif not scope.expired():
                scope.reschedule(None)

    def requests_itself(self):
        """Whether its cleanup cancelled it and has not suspended since: that takes effect where it next suspends
        (B-071, B-072), and the end of a time-out is no such place."""
        return self.root is self and self.requests > self.seen

    def request(self, loop):
        """Requests count once until the task has had its turn (B-064)."""
        if not self.pending:
            self.requests += 1
            self.pending = True
            loop.call_soon(self.taken)

    def taken(self):
        self.pending = False


class Group(asyncio.TaskGroup):
    """What ends it from outside ends the groups around it at once, not after its children (B-204)."""

    def __init__(self, context):
        super().__init__()
        self.context, self.place = context, len(context.inside)

    def _abort(self):
        super()._abort()
        first = self.context.cleanups
        explicit = self.context.root.requests > self.context.seen
        if first < self.place and (explicit or any(map(fires, self.context.inside[first:self.place]))):
            self.context.drop_around(first, self.place, explicit)


class Program:
    def __init__(self, program, loop, turns, eager, late, woken_late, jitter):
        self.loop, self.turns, self.eager, self.lines = loop, turns, eager, []
        self.late, self.woken_late = late, woken_late
        self.jitter = jitter
        self.locks = [asyncio.Lock() for _ in range(2)]
        self.semaphores = [asyncio.Semaphore(n) for n in program["semaphores"]]
        self.events = [asyncio.Event() for _ in range(2)]
        self.conditions = [Condition(self.deviates) for _ in range(2)]
        self.barriers = [asyncio.Barrier(n) for n in program["barriers"]]
        self.queues = [asyncio.Queue(n) for n in program["queues"]]
        self.tasks, self.contexts, self.free = {}, {}, {}

    def ms(self, ms):
        """A time, or one a bit beside it."""
        return ms if not ms or not self.jitter else max(1, ms + self.jitter.uniform(-JITTER, JITTER))

    def now(self):
        return round(self.loop.time())

    def trace(self, name, event):
        self.lines.append(f"{self.now()} {name} {event}")

    def deviates(self, item):
        """From here on the trace is not comparable, because of this item."""
        self.trace("!", item)

    async def more_turns(self):
        for _ in range(self.turns):
            await asyncio.sleep(0)

    async def later(self, name):
        await self.late_if(name, self.late)

    async def woken(self, name):
        await self.late_if(name, self.late or self.woken_late)

    @staticmethod
    async def late_if(name, which):
        if which == "all" or which is not None and zlib.crc32(name.encode()) >> int(which) & 1:
            for _ in range(20):
                await asyncio.sleep(0)

    # Tasks, and what is known of them by name.

    def spawn(self, body):
        name = body["name"]
        context = Context(name)
        task = asyncio.Task(self.body(context, body), loop=self.loop, name=name)  # not started at once with `--eager`
        self.tasks[name], self.contexts[name], self.free[name] = task, context, True
        task.add_done_callback(lambda task: self.trace(name, "= " + self.outcome(task).partition(" ")[0]))
        return task

    @staticmethod
    def outcome(task):
        if task.cancelled():
            return "cancelled"
        error = task.exception()
        return "ended" if error is None else f"failed {text(error)}"

    async def body(self, context, body):
        await self.woken(context.name)
        self.trace(context.name, "start")
        await self.block(context, body["block"])
        self.trace(context.name, "end")
        while asyncio.current_task().uncancel():
            pass  # B-072: a value that is there is not lost to a cancellation that came too late
        return context.name

    async def block(self, context, block):
        for stmt in block:
            await getattr(self, "do_" + stmt["op"])(context, **{k: v for k, v in stmt.items() if k != "op"})
            await self.later(context.name)

    async def main(self, block):
        self.spawn({"name": "main", "block": block})
        await asyncio.sleep(HORIZON)
        for name, task in sorted(self.tasks.items()):
            if not task.done():
                self.trace(name, "never ends")

    # Tasks.

    async def do_sleep(self, context, ms):
        await asyncio.sleep(self.ms(ms))
        await self.woken(context.name)
        self.trace(context.name, f"slept {ms}")

    async def do_spawn(self, context, body):
        self.spawn(body)

    async def do_await(self, context, task):
        if not self.free.get(task) or task == context.root.name:
            return self.trace(context.name, f"nothing to await: {task}")
        self.free[task] = False
        try:
            value = await Kept(self.tasks[task])
        except asyncio.CancelledError:
            self.free[task] = True
            raise
        except Exception as error:
            self.trace(context.name, f"awaited {task}: !{text(error)}")
            raise
        self.trace(context.name, f"awaited {task}: {value}")

    async def do_cancel(self, context, task):
        # Of a branch that cancels its own task it is not comparable when that suspends (B-072, B-091).
        if task not in self.tasks or (context.root.name == task and context.name != task):
            return self.trace(context.name, f"nothing to cancel: {task}")
        accepted = self.tasks[task].cancel()
        if accepted:
            target = self.contexts[task]
            target.request(self.loop)
            if target.requests > 1 and any(group._aborting for group in target.groups):
                self.deviates("B-065")  # of a second one the children of a group learn nothing in CPython
        self.trace(context.name, f"cancel {task}: {str(accepted).lower()}")

    # Control.

    async def do_raise(self, context, error):
        self.trace(context.name, f"raises {error}")
        raise Raised(error)

    async def do_try(self, context, block, handler=None, cleanup=None):
        requests = 0
        try:
            try:
                await self.block(context, block)
            except Exception as error:
                if handler is None:
                    raise
                self.trace(context.name, f"caught {text(error)}")
                await self.block(context, handler)
        except asyncio.CancelledError as cancelled:
            requests = int(context.is_explicit(cancelled))
            context.drop_around(context.cleanups, len(context.inside), requests)
            raise
        finally:
            if cleanup is not None:
                await Held(context, self.cleanup(context, cleanup), requests)

    async def cleanup(self, context, block):
        self.trace(context.name, "cleans up")
        try:
            await self.block(context, block)
        except Exception as error:
            self.trace(context.name, f"cleanup failed: {text(error)}")
        self.trace(context.name, "cleaned up")

    # Time-outs.

    async def do_wait_for(self, context, ms, block):
        if ms > 0:
            # What `wait_for` does; written out to have the time-out in hand.
            return await self.do_timeout(context, ms, block)
        try:
            if self.eager:
                raise TimeoutError
            await asyncio.wait_for(self.block(context, block), 0)
        except TimeoutError:
            self.trace(context.name, "TimeoutError")
            raise

    async def do_timeout(self, context, ms, block):
        timeout = asyncio.timeout(self.ms(ms))
        context.inside.append(timeout)
        try:
            async with timeout:
                await self.block(context, block)
        except asyncio.CancelledError as cancelled:
            outer = context.inside[context.cleanups:-1]
            own = timeout.expired() and not any(map(fires, outer))
            if own and not getattr(cancelled, "explicit", True) and context.requests_itself():
                self.trace(context.name, "TimeoutError")
                raise TimeoutError from None
            raise
        except TimeoutError:
            await self.woken(context.name)
            self.trace(context.name, "TimeoutError")
            raise
        finally:
            context.inside.pop()

    # Several at once.

    async def do_gather(self, context, children, return_exceptions, tasks):
        if tasks:
            branches = [self.spawn(child) for child in children]
            for child in children:
                self.free[child["name"]] = False
            await self.more_turns()
            gathered = asyncio.gather(*map(Kept, branches), return_exceptions=return_exceptions)
            results = await gathered
        else:
            results = await self.gather_in_place(context, children, return_exceptions)
        await self.more_turns()
        shown = [f"!{text(r)}" if isinstance(r, BaseException) else r for r in results]
        self.trace(context.name, f"gathered {' '.join(shown)}")

    async def gather_in_place(self, context, children, return_exceptions):
        branches = []
        for child in children:
            branches.append(self.branch(context, child))
            if self.eager and not return_exceptions and failed(branches[-1]):
                break  # here those behind it do not even start (B-095)
        try:
            return await asyncio.gather(*branches, return_exceptions=return_exceptions)
        except asyncio.CancelledError as cancelled:
            # B-103: whoever is cancelled in a gather goes on when all of it is cleaned up.
            await Held(context, self.all_end(branches), int(context.is_explicit(cancelled)))
            raise
        except Exception:
            # B-095: branches that are no tasks end with the gather.
            for branch in branches:
                branch.cancel()
            await Held(context, self.all_end(branches), 0)
            raise

    def branch(self, context, child):
        return asyncio.Task(
            self.body(Context(child["name"], context), child), loop=self.loop, eager_start=self.eager
        )

    @staticmethod
    async def all_end(branches):
        while pending := [branch for branch in branches if not branch.done()]:
            try:
                await asyncio.wait(pending)
            except asyncio.CancelledError:
                for branch in pending:
                    branch.cancel()

    async def do_wait(self, context, tasks, return_when, timeout=None):
        names = [name for name in tasks if self.free.get(name) and name != context.root.name]
        if not names:
            return self.trace(context.name, "nothing to wait for")
        for name in names:
            self.free[name] = False
        await asyncio.wait([self.tasks[name] for name in names], return_when=return_when, timeout=self.ms(timeout))
        await self.woken(context.name)
        await self.more_turns()
        done = [name for name in names if self.tasks[name].done()]
        for name in names:
            self.free[name] = name not in done
        shown = [f"{name}={self.outcome(self.tasks[name])}" if name in done else f"{name}.." for name in names]
        self.trace(context.name, f"waited {' '.join(shown)}")

    async def do_group(self, context, children, block):
        group = Group(context)
        context.root.groups.append(group)
        context.inside.append(group)
        try:
            async with group:
                factory = self.loop.get_task_factory()
                if self.eager:
                    self.loop.set_task_factory(asyncio.eager_task_factory)
                for child in children:
                    group.create_task(self.body(Context(child["name"], context), child))
                self.loop.set_task_factory(factory)
                await self.block(context, block)
        except BaseExceptionGroup as errors:
            if asyncio.current_task().cancelling() > context.held:
                self.deviates("B-206")  # cancelled while the group failed: CPython goes on to the next await
            await self.more_turns()
            error = Raised(f"Group[{' '.join(text(error) for error in errors.exceptions)}]")
            self.trace(context.name, f"group failed: {text(error)}")
            raise error from None
        finally:
            context.inside.pop()
            context.root.groups.remove(group)
        await self.more_turns()
        self.trace(context.name, "group ended")

    async def do_shield(self, context, body):
        task = self.spawn(body)
        self.free[body["name"]] = False
        try:
            value = await asyncio.shield(task)
        except Exception as error:
            self.trace(context.name, f"shielded: !{text(error)}")
            raise
        await self.more_turns()
        self.trace(context.name, f"shielded: {value}")

    # Locks.

    async def do_lock(self, context, lock, block):
        async with self.locks[lock]:
            await self.woken(context.name)
            self.trace(context.name, f"lock {lock}")
            await self.block(context, block)
        self.trace(context.name, f"unlocked {lock}")

    async def do_semaphore(self, context, semaphore, block):
        async with self.semaphores[semaphore]:
            await self.woken(context.name)
            self.trace(context.name, f"semaphore {semaphore}")
            await self.block(context, block)
        self.trace(context.name, f"released {semaphore}")

    async def do_event_wait(self, context, event):
        await self.events[event].wait()
        await self.woken(context.name)
        self.trace(context.name, f"event {event}")

    async def do_event_set(self, context, event):
        self.events[event].set()
        self.trace(context.name, f"set {event}")

    async def do_event_clear(self, context, event):
        self.events[event].clear()

    async def do_condition_wait(self, context, condition):
        async with self.conditions[condition]:
            self.trace(context.name, f"waits for condition {condition}")
            await self.conditions[condition].wait()
            self.trace(context.name, f"condition {condition}")

    async def do_notify(self, context, condition, n, ms):
        async with self.conditions[condition]:
            self.conditions[condition].notify(n)
            self.trace(context.name, f"notified {condition}")
            if ms is not None:
                await asyncio.sleep(self.ms(ms))
                await self.later(context.name)
        self.trace(context.name, f"left condition {condition}")

    async def do_barrier(self, context, barrier):
        index = await self.barriers[barrier].wait()
        self.trace(context.name, f"barrier {barrier}: {index}")

    # Queues.

    async def do_queue(self, context, queue, call, item=None):
        queue_, name = self.queues[queue], context.name
        try:
            match call:
                case "put":
                    result = await queue_.put(item)
                case "put_nowait":
                    result = queue_.put_nowait(item)
                case "get":
                    result = await queue_.get()
                case "get_nowait":
                    result = queue_.get_nowait()
                case "task_done":
                    result = queue_.task_done()
                case "join":
                    result = await queue_.join()
                case "shutdown":
                    result = queue_.shutdown()
                case "shutdown_immediate":
                    result = queue_.shutdown(immediate=True)
        except Exception as error:
            return self.trace(name, f"{call} {queue}: !{text(error)}")
        self.trace(name, f"{call} {queue}" + ("" if result is None else f": {result}"))


class LastFirst(virtual_loop.VirtualLoop):
    """Timers of the same deadline fire in the opposite order."""

    def call_at(self, when, callback, *args, context=None):
        handle = super().call_at(when, callback, *args, context=context)
        handle._seq = -handle._seq
        self._scheduled.sort()
        return handle


class Shuffled(virtual_loop.VirtualLoop):
    """What is ready in one turn runs in some other order."""

    random = random.Random(1)

    def _run_once(self):
        ready = list(self._ready)
        self.random.shuffle(ready)
        self._ready.clear()
        self._ready.extend(ready)
        super()._run_once()


def failed(task):
    return task.done() and not task.cancelled() and task.exception() is not None


def run(program, loop_class, *ways):
    loop = loop_class()
    loop.set_exception_handler(lambda *_: None)
    running = Program(program, loop, *ways)
    loop.run_until_complete(running.main(program["main"]))
    lines, running.lines = running.lines, []
    end(loop)
    return lines


def end(loop):
    """Ends what never ends by itself, as well as it goes: nobody looks any more."""
    for _ in range(3):
        for task in asyncio.all_tasks(loop):
            task.cancel()
        with contextlib.suppress(RuntimeError, asyncio.CancelledError):
            loop.run_until_complete(asyncio.sleep(HORIZON))
    loop.close()


def value(options, name):
    return next((option.removeprefix(name + "=") for option in options if option.startswith(name + "=")), None)


def main(options):
    sys.unraisablehook = lambda *_: None
    warnings.simplefilter("ignore")
    loop_class = virtual_loop.VirtualLoop
    if "--timers=last" in options:
        loop_class = LastFirst
    if "--shuffled" in options:
        loop_class = Shuffled
    turns = sum(int(option[8:]) for option in options if option.startswith("--turns="))
    eager = "--eager" in options
    late, woken_late, jitter = (value(options, name) for name in ("--late", "--woken-late", "--jitter"))
    chance = jitter and random.Random(jitter)
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line), loop_class, turns, eager, late, woken_late, chance)))


if __name__ == "__main__":
    main(sys.argv[1:])
