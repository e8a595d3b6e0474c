"""Where this project's cancellation differs from CPython's on purpose, in as few lines as there are differences.

Both are awaitables that take no turn of the loop by themselves, so that the order of everything else stays.
"""
import asyncio


class InnerCancelled(Exception):
    """B-077: that another task was cancelled is an error like any for whoever awaits it."""


class Kept(asyncio.Future):
    """Waits for a task without cancelling it when the waiter is cancelled (B-074, B-075, B-076, B-085, B-147)."""

    def __init__(self, inner, silent=False):
        super().__init__(loop=asyncio.get_running_loop())
        self.inner, self.silent, self.callback = inner, silent, None
        if inner.done():
            self.settle()

    def settle(self):
        if self.silent:
            self.set_result(None)
        elif self.inner.cancelled():
            self.set_exception(InnerCancelled())
        elif self.inner.exception() is not None:
            self.set_exception(self.inner.exception())
        else:
            self.set_result(self.inner.result())

    def add_done_callback(self, callback, *, context=None):
        self.callback, self.context = callback, context
        if self.done():
            self.get_loop().call_soon(callback, self, context=context)
        else:
            self.inner.add_done_callback(self.fire, context=context)

    def remove_done_callback(self, callback):
        return self.inner.remove_done_callback(self.fire)

    def fire(self, _inner):
        if not self.done():
            self.settle()
            self.callback(self)

    def cancel(self, msg=None):
        if self.done() or self.inner.done():  # who waits is about to be woken, and is cancelled then
            return False
        super().cancel(msg)
        self.inner.remove_done_callback(self.fire)
        if self.callback is not None:
            self.get_loop().call_soon(self.callback, self, context=self.context)
        return True


class Held:
    """Runs a cleanup to its end. What ends the task meanwhile is raised after it: only a second `cancel()` of the
    task interrupts a cleanup (B-065), be it that of the cancellation or of the normal way out; neither a first
    one, nor a time-out (B-162) or a task group around it. What is inside of the cleanup is as in CPython."""

    def __init__(self, context, work, requests):
        self.context, self.work, self.requests = context, work, requests
        self.passed = set()  # the time-outs and groups inside whose end it has let through

    def __await__(self):
        steps, inside = self.work.__await__(), len(self.context.inside)
        around, self.context.cleanups = self.context.cleanups, inside
        try:
            yield from self.hold(steps, around, inside)
        finally:
            self.context.cleanups = around

    def hold(self, steps, around, inside):
        held, error, count = None, None, 0
        others = [scope for scope in self.context.inside[around:inside] if not fires(scope)]
        while True:
            try:
                waits_for = steps.send(None) if error is None else steps.throw(error)
            except StopIteration:
                self.context.held -= count
                if held is not None:
                    raise held
                return
            except BaseException:
                self.context.held -= count
                raise
            error = None
            while True:
                try:
                    if waits_for is None:
                        yield None
                    else:
                        waits_for._asyncio_future_blocking = False
                        kept = Kept(waits_for, silent=True)
                        kept._asyncio_future_blocking = True
                        yield kept
                    break
                except asyncio.CancelledError as cancelled:
                    if self.passes(cancelled, inside):
                        if not cancelled.explicit and (together := self.take_ending(others)):
                            # Deadlines inside and outside passed together: those outside have to wait. Around
                            # another cleanup, it is that one which holds them back.
                            if held is None:
                                held = asyncio.CancelledError()
                                held.explicit = False
                            for scope in self.context.inside[inside:]:
                                if isinstance(scope, asyncio.Timeout):
                                    scope._cancelling += together
                        if waits_for is not None:
                            waits_for.cancel()
                        error = cancelled
                        break
                    held, count = cancelled, count + 1
                    self.take_ending(others)
                    self.context.held += 1
                    self.context.drop_around(around, inside, cancelled.explicit)
                    for scope in self.context.inside[inside:]:
                        if isinstance(scope, asyncio.Timeout):
                            scope._cancelling = asyncio.current_task().cancelling()  # it does not learn of it
                    if isinstance(waits_for, Kept) and waits_for.inner.done() and not waits_for.done():
                        waits_for.settle()  # nobody told it, as nobody waited for it
                    if waits_for is None or waits_for.done():
                        break

    @staticmethod
    def take_ending(scopes):
        """Takes those out that end what is inside of them, and says how many these were."""
        count = len(scopes)
        scopes[:] = [scope for scope in scopes if not fires(scope)]
        return count - len(scopes)

    def passes(self, cancelled, inside):
        if self.context.is_explicit(cancelled):
            self.requests += 1
            return self.requests > 1
        ending = {scope for scope in self.context.inside[inside:] if fires(scope)}
        new = ending - self.passed
        self.passed |= ending
        return bool(new)


def fires(scope):
    """Whether a time-out or a group ends what is inside of it."""
    if isinstance(scope, asyncio.Timeout):
        return scope.expired()
    return scope._aborting


class Condition(asyncio.Condition):
    """Wakes nobody whom nobody notified."""

    def __init__(self, deviates):
        super().__init__()
        self.deviates = deviates

    async def wait(self):
        """As in CPython 3.13, but for these two items."""
        waiter = asyncio.get_running_loop().create_future()
        self.release()
        self._waiters.append(waiter)
        try:
            try:
                await waiter
            finally:
                self._waiters.remove(waiter)
        except asyncio.CancelledError:
            await self.take_again(waiter)
            raise
        try:
            await self.acquire()
        except asyncio.CancelledError:
            await self.take_again(waiter)
            raise
        return True

    async def take_again(self, waiter):
        if self.locked() or self._lock._waiters:
            self.deviates("B-284")  # it takes the lock before it ends
        await self.acquire()
        if not waiter.cancelled():
            self._notify(1)  # B-285; CPython also wakes somebody if it was not notified: a spurious wake-up
