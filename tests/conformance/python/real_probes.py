"""The items that probes.py cannot ask on a virtual clock: they need sockets, processes, signals, or real time.
   python real_probes.py            -> JSON {id: observed}   (CPython >= 3.13 on Unix; takes about two seconds)
   What each item is stands in probes.py, under the same number."""
import asyncio, gc, json, logging, os, re, signal, socket, struct, sys, threading, time, warnings
from probes import LOOP, mk, norm, out, sh, ticks, trap
PROBES = {}
def real(number):
    def deco(fn): PROBES[f'B-{number:03d}'] = fn; return fn
    return deco
def kind(x): return x.split('(')[0] if isinstance(x, str) else x
def text(b): return b.decode() if isinstance(b, bytes) else b
async def until(condition, limit=5):
    """what happens outside of the loop takes as long as it takes"""
    end = time.monotonic() + limit
    while not condition() and time.monotonic() < end: await asyncio.sleep(0.005)
    return condition()

# ============================================================ scheduling
@real(28)
async def _():
    l = LOOP(); l.set_debug(True); seen = []
    t = threading.Thread(target=lambda: seen.append(kind(trap(l.call_soon, print)))); t.start(); t.join(); l.set_debug(False); return seen
@real(29)
def _():
    seen = []; loops = []
    async def m():
        l = LOOP(); loops.append(l)
        t = threading.Thread(target=lambda: seen.append(not l.call_soon_threadsafe(lambda: seen.append(threading.current_thread() is threading.main_thread())).cancelled()))
        t.start(); await until(lambda: len(seen) == 2)
    asyncio.run(m()); return sorted(seen) + [kind(trap(loops[0].call_soon_threadsafe, print))]
@real(30)
def _():
    lines = []; default = []
    class H(logging.Handler):
        def emit(self, r): lines.append((r.levelname[:4], 'took 0.1' in r.getMessage())) if 'block' in r.getMessage() else None
    def block(seconds): time.sleep(seconds)
    async def m():
        l = LOOP(); default.append(l.slow_callback_duration); l.call_soon(block, 0.01); l.call_soon(block, 0.11); await asyncio.sleep(0)
    h = H(); asyncio.log.logger.addHandler(h); logging.disable(logging.NOTSET)
    asyncio.run(m(), debug=True)
    logging.disable(logging.CRITICAL); asyncio.log.logger.removeHandler(h); return default[0], lines
@real(31)
async def _():
    ev, log = threading.Event(), []
    t = mk(to_executor(lambda: (ev.wait(), log.append('ran to its end')))); await asyncio.sleep(0.01); t.cancel(); r = await out(t); ev.set(); await until(lambda: log); return r, log[-1]
async def to_executor(f): return await LOOP().run_in_executor(None, f)

# ============================================================ runner
@real(318)
def _():
    log = []; before = signal.signal(signal.SIGINT, lambda *a: log.append('custom'))
    async def m(): LOOP().call_later(0.01, signal.raise_signal, signal.SIGINT); await asyncio.sleep(0.1); return 'not cancelled'
    r = asyncio.run(m()); signal.signal(signal.SIGINT, before)
    async def other(): return signal.getsignal(signal.SIGINT) is signal.default_int_handler
    seen = []; t = threading.Thread(target=lambda: seen.append(asyncio.run(other()))); t.start(); t.join()
    return r, log, seen[0]
@real(319)
def _():
    warned = []
    def closed(seconds):
        ev = threading.Event()
        async def m():
            l = LOOP(); l.run_in_executor(None, ev.wait, seconds)
            with warnings.catch_warnings(record=True) as w:
                warnings.simplefilter('always'); start = time.monotonic(); await l.shutdown_default_executor(0.5); took = time.monotonic() - start
            ev.set(); return len(w), took < 0.4
        return asyncio.run(m())
    return asyncio.constants.THREAD_JOIN_TIMEOUT, closed(0.01), closed(9)
@real(320)
async def _():
    l = LOOP(); log = []; me = threading.current_thread()
    l.add_signal_handler(signal.SIGUSR1, log.append, 'first'); l.add_signal_handler(signal.SIGUSR1, lambda: log.append(['second', threading.current_thread() is me]))
    signal.raise_signal(signal.SIGUSR1); at_once = list(log); await until(lambda: log)
    removed = [l.remove_signal_handler(signal.SIGUSR1) for _i in range(2)]
    async def c(): pass
    seen = []; t = threading.Thread(target=lambda: seen.append(kind(trap(l.add_signal_handler, signal.SIGUSR1, print)))); t.start(); t.join()
    return at_once, log, removed, kind(trap(l.add_signal_handler, signal.SIGKILL, print)), seen[0], kind(trap(l.add_signal_handler, signal.SIGUSR1, c))

# ============================================================ streams
def reader(data, limit=2 ** 16, eof=True):
    r = asyncio.StreamReader(limit=limit); r.feed_data(data)
    if eof: r.feed_eof()
    return r
async def read(aw):
    """bytes as text, errors with what they carry"""
    try: return text(await aw)
    except asyncio.IncompleteReadError as e: return ['!IncompleteReadError', text(e.partial), e.expected]
    except asyncio.LimitOverrunError as e: return ['!LimitOverrunError', str(e), e.consumed]
    except Exception as e: return '!' + sh(e)
@real(327)
async def _():
    r = reader(b'hello world'); part = reader(b'ab', eof=False)
    return [await read(x) for x in (r.read(0), r.read(5), r.read(-1), r.read(5), r.read(-1), part.read(10))] + [r.at_eof()]
@real(328)
async def _():
    r = reader(b'abcdef'); return [await read(x) for x in (r.readexactly(0), r.readexactly(4), r.readexactly(-1), r.readexactly(5), r.read(-1))]
@real(329)
async def _():
    r = reader(b'one\r\ntwo\nthree;far too long;rest', limit=8)
    return [await read(x) for x in (r.readuntil(b'\n'), r.readuntil((b'\r\n', b'\n')), r.readuntil((b'three', b'th')), r.readuntil(b';'), r.readuntil(b';'), r.readexactly(12), r.readuntil(b';'), r.readuntil(b';'), r.read(-1))]
@real(330)
async def _():
    r = reader(b'one\nfar too long a line\ntwo\nend', limit=8); return [await read(r.readline()) for _i in range(5)]
@real(331)
async def _():
    r = reader(b'', eof=False); t = mk(r.read(1)); await ticks(1); second = await read(r.read(1)); r.feed_data(b'x'); return second, text(await t)
@real(332)
async def _(): return [text(line) async for line in reader(b'one\ntwo\nend')], [line async for line in reader(b'')]
class Pair:
    """a connection with its other end, which does nothing by itself"""
    async def __aenter__(self):
        peer = LOOP().create_future()
        async def accepted(r, w): peer.set_result((r, w)); await self.over.wait()
        self.over = asyncio.Event(); self.server = await asyncio.start_server(accepted, '127.0.0.1', 0)
        self.reader, self.writer = await asyncio.open_connection(*self.server.sockets[0].getsockname()); self.peer_reader, self.peer = await peer; return self
    async def __aexit__(self, *_):
        self.over.set(); self.server.close()
        for w in (self.writer, self.peer):
            if not w.is_closing(): w.transport.abort()
    def reset(self):
        self.peer.get_extra_info('socket').setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); self.peer.transport.abort()
BIG = 8 << 20
@real(333)
async def _():
    async with Pair() as p:
        w = p.writer; p.peer.transport.pause_reading(); marks = list(w.transport.get_write_buffer_limits())
        w.write(b'x'); small = mk(w.drain()); await ticks(2); small = small.done()
        w.write(bytes(BIG)); buffered = w.transport.get_write_buffer_size() > marks[1]
        ts = [mk(w.drain()) for _i in range(2)]; await asyncio.sleep(0.05); blocked = [t.done() for t in ts]
        p.peer.transport.resume_reading(); got = len(await p.peer_reader.readexactly(BIG + 1)); await asyncio.wait(ts)
        return marks, small, buffered, blocked, [t.done() for t in ts], got == BIG + 1
@real(334)
async def _():
    async with Pair() as p:
        p.writer.close(); await p.writer.wait_closed(); closed = await read(p.writer.drain())
    async with Pair() as p:
        p.reset(); return closed, [await read(p.reader.read(1)), await read(p.writer.drain())]
@real(335)
async def _():
    async with Pair() as p:
        w = p.writer; p.peer.transport.pause_reading(); w.write(bytes(BIG)); w.close(); t = mk(w.wait_closed()); await asyncio.sleep(0.05); r = [w.is_closing(), t.done()]
        p.peer.transport.resume_reading(); n = len(await p.peer_reader.read(-1)); flushed = [n == BIG, await read(t)]
    async with Pair() as p:
        p.peer.transport.pause_reading(); p.writer.write(bytes(BIG)); p.writer.close(); p.reset(); return r, flushed, await read(p.writer.wait_closed())
@real(336)
async def _():
    async with Pair() as p:
        kept = p.writer.transport
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter('always'); p.writer = p.peer; gc.collect()
        kept.abort(); return [x.category.__name__ for x in seen if 'StreamWriter' in str(x.message)]
async def connect(server): return await asyncio.open_connection(*server.sockets[0].getsockname())
@real(337)
async def _():
    tasks = []
    async def handler(r, w):
        tasks.append(id(asyncio.current_task())); line = await r.readline(); w.write(line); await w.drain()
        if line == b'fail\n': raise ValueError('handler')
        w.close()
    async with await asyncio.start_server(handler, '127.0.0.1', 0) as server:
        seen = []
        for line in (b'fine\n', b'fail\n'):
            r, w = await connect(server); w.write(line); seen.append(text(await r.read(-1))); w.close()
    return seen, len(set(tasks))
def echo(over=None):
    async def handler(r, w):
        async for line in r: w.write(line); await w.drain()
        w.close()
    return asyncio.start_server(handler, '127.0.0.1', 0)
@real(338)
async def _():
    async with await echo() as server:
        address = server.sockets[0].getsockname(); r, w = await asyncio.open_connection(*address); serving = server.is_serving()
        server.close(); t = mk(server.wait_closed()); w.write(b'still here\n'); line = await read(r.readline()); refused = kind(await out(asyncio.open_connection(*address)))
        await ticks(3); waits = t.done(); w.close(); await asyncio.wait([t], timeout=5); waited = t.done()
    async with await echo() as server: pass
    return serving, line, refused, [waits, waited], server.is_serving()
@real(339)
async def _():
    async with await echo() as server:
        r, w = await connect(server); w.write(b'one\n'); one = await read(r.readline()); server.close_clients(); closed = await read(r.read(-1)); w.close()
        r, w = await connect(server); w.write(b'two\n'); two = await read(r.readline()); server.abort_clients(); aborted = await read(r.read(-1)); w.close()
        t = mk(server.serve_forever()); await ticks(2); serving = server.is_serving(); t.cancel(); return [one, closed], [two, aborted], serving, await out(t), server.is_serving()

# ============================================================ subprocess
PIPE = asyncio.subprocess.PIPE
def shell(command, **k): return asyncio.create_subprocess_shell(command, **k)
def alive(pid): return trap(os.kill, pid, 0) is None
@real(340)
async def _():
    bad = [await out(asyncio.create_subprocess_exec('true', **k)) for k in ({'universal_newlines': True}, {'bufsize': 4096}, {'text': True}, {'encoding': 'utf-8'})]
    p = await asyncio.create_subprocess_exec('cat', stdin=PIPE, stdout=PIPE); o, e = await p.communicate(b'caf\xc3\xa9'); return bad, list(o), e
@real(341)
async def _():
    p = await shell('exit 3'); same = await asyncio.gather(*(p.wait() for _i in range(3)))
    q = await asyncio.create_subprocess_exec('sleep', '60'); q.send_signal(signal.SIGTERM); t = await q.wait()
    k = await asyncio.create_subprocess_exec('sleep', '60'); k.kill(); return same, t, await k.wait(), k.returncode
@real(342)
async def _():
    r = []
    for command, call in (('read line; exit 5', lambda p: p.wait()), ('sleep 0.2; exit 5', lambda p: p.communicate(b''))):
        p = await shell(command, stdin=PIPE); t = mk(call(p)); await asyncio.sleep(0.02); t.cancel(); r.append([await out(t), p.returncode, alive(p.pid)])
        p.stdin.close(); r.append(await p.wait())
    return r
@real(343)
async def _():
    p = await shell('exit 7', stdin=PIPE, stdout=PIPE); await asyncio.sleep(0.05); o = await read(first(p.communicate(b'x' * (1 << 20))))
    q = await shell('head -c 1000000 /dev/zero', stdout=PIPE, stderr=PIPE); stuck = await read(asyncio.wait_for(q.wait(), 0.2)); n = len(await q.stdout.read()); return [o, p.returncode], stuck, n, await q.wait()
async def first(aw): return (await aw)[0]
@real(344)
async def _():
    t = mk(asyncio.create_subprocess_exec('sleep', '60', stdin=PIPE)); await ticks(1); children = kids(); t.cancel(); r = await out(t); return len(children), r, kids()
def kids():
    with open(f'/proc/self/task/{os.getpid()}/children') as f: return f.read().split()

def run(fn):
    logs = []
    async def wrap():
        LOOP().set_exception_handler(lambda l, c: logs.append(re.sub(r' <.*| [\w.<>]+\(.*', '', c['message'])))
        return norm(await fn())
    try: r = asyncio.run(wrap()) if asyncio.iscoroutinefunction(fn) else norm(fn())
    except BaseException as e: r = '!!PROBE ' + sh(e)
    gc.collect(); return {'r': r, 'log': logs} if logs else {'r': r}
if __name__ == '__main__':
    warnings.simplefilter('ignore'); logging.disable(logging.CRITICAL)
    print(json.dumps({'version': sys.version.split()[0], 'results': {k: run(fn) for k, fn in PROBES.items()}}, indent=0, sort_keys=True))
