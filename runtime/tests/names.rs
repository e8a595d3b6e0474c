//! The page that says what became of asyncio's names says so of each.

/// `asyncio.__all__` of CPython 3.13 and what 3.14 added, without what begins with an underscore.
const ALL: &str = "
ALL_COMPLETED AbstractChildWatcher AbstractEventLoop AbstractEventLoopPolicy AbstractServer Barrier
BaseEventLoop BaseProtocol BaseTransport BoundedSemaphore BrokenBarrierError BufferedProtocol
CancelledError Condition DatagramProtocol DatagramTransport DefaultEventLoopPolicy Event EventLoop
FIRST_COMPLETED FIRST_EXCEPTION FastChildWatcher FrameCallGraphEntry Future FutureCallGraph Handle
IncompleteReadError InvalidStateError LifoQueue LimitOverrunError Lock MultiLoopChildWatcher
PidfdChildWatcher PriorityQueue Protocol Queue QueueEmpty QueueFull QueueShutDown ReadTransport Runner
SafeChildWatcher SelectorEventLoop Semaphore SendfileNotAvailableError Server StreamReader
StreamReaderProtocol StreamWriter SubprocessProtocol SubprocessTransport Task TaskGroup
ThreadedChildWatcher Timeout TimeoutError TimerHandle Transport WriteTransport all_tasks as_completed
capture_call_graph create_eager_task_factory create_subprocess_exec create_subprocess_shell create_task
current_task eager_task_factory ensure_future format_call_graph future_add_to_awaited_by
future_discard_from_awaited_by gather get_child_watcher get_event_loop get_event_loop_policy
get_running_loop iscoroutine iscoroutinefunction isfuture new_event_loop open_connection
open_unix_connection print_call_graph run run_coroutine_threadsafe set_child_watcher set_event_loop
set_event_loop_policy shield sleep start_server start_unix_server timeout timeout_at to_thread wait
wait_for wrap_future";

/// The methods of asyncio's classes that are not the same here, and of its loops those that programs call.
const METHODS: &str = "
Task.get_context Task.uncancel StreamWriter.get_extra_info StreamWriter.can_write_eof
StreamWriter.start_tls loop.call_soon loop.call_later loop.add_signal_handler loop.run_in_executor
loop.set_exception_handler loop.get_exception_handler loop.set_debug loop.slow_callback_duration
loop.run_until_complete loop.set_task_factory loop.set_default_executor loop.shutdown_asyncgens";

#[test]
fn every_name_of_asyncio_has_its_place() {
    let page = include_str!("../src/guide/names.md");
    let missing = ALL.split_whitespace().chain(METHODS.split_whitespace());
    let missing: Vec<&str> = missing
        .filter(|name| !page.contains(&format!("`{name}`")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
