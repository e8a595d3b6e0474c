//! Texts of ours, and what they are in asyncio.

/// How our texts begin, which exception that is in asyncio, and what it says there, if anything.
pub const TEXTS: &[(&str, &str, &str)] = &[
    (
        "NaN is not a duration",
        "ValueError",
        "'Invalid delay: NaN (not a number)'",
    ),
    (
        "the result is not set",
        "InvalidStateError",
        "'Result is not set.'",
    ),
    (
        "the exception is not set",
        "InvalidStateError",
        "'Exception is not set.'",
    ),
    (
        "`wait` needs at least one task",
        "ValueError",
        "'Set of Tasks/Futures is empty.'",
    ),
    (
        "a task awaits itself",
        "RuntimeError",
        "\"Task cannot await on itself: ..\"",
    ),
    (
        "`run` cannot be called from a running event loop",
        "RuntimeError",
        "'asyncio.run() cannot be called from a running event loop'",
    ),
    ("the main task was cancelled", "CancelledError", ""),
    (
        "`BoundedSemaphore` released too many times",
        "ValueError",
        "'BoundedSemaphore released too many times'",
    ),
    (
        "the barrier was aborted or reset",
        "BrokenBarrierError",
        "'Abort or reset of barrier'",
    ),
    (
        "the barrier is aborted",
        "BrokenBarrierError",
        "'Barrier aborted'",
    ),
    (
        "the time-out has not begun",
        "RuntimeError",
        "'Timeout has not been entered'",
    ),
    (
        "the time-out is over",
        "RuntimeError",
        "'Cannot change state of finished Timeout'",
    ),
    (
        "the time-out has expired",
        "RuntimeError",
        "'Cannot change state of expired Timeout'",
    ),
    (
        "the task group has already been entered",
        "RuntimeError",
        "'TaskGroup <..> has already been entered'",
    ),
    (
        "`task_done` called too many times",
        "ValueError",
        "'task_done() called too many times'",
    ),
    (
        "no running event loop",
        "RuntimeError",
        "'no running event loop'",
    ),
    (
        "connection lost",
        "ConnectionResetError",
        "'Connection lost'",
    ),
    (
        "separator is found, but chunk is longer than limit",
        "ValueError",
        "'Separator is found, but chunk is longer than limit'",
    ),
    (
        "signal 9 cannot be caught",
        "RuntimeError",
        "'sig 9 cannot be caught'",
    ),
];

pub(super) fn find(text: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    TEXTS.iter().find(|(ours, ..)| text.starts_with(ours))
}

/// What a text of ours is in asyncio, or the text itself.
#[must_use]
pub fn pythons(text: &str) -> &str {
    find(text).map_or(text, |(_, _, arg)| arg.trim_matches('\''))
}
