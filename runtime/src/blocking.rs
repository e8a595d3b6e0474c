//! Why a call blocks the event loop, and what to write instead: the pages behind a warning.
//!
//! A task that blocks its thread blocks the event loop: no other task runs on that thread until it is
//! done, no timer fires, no cancellation arrives. `#[timeout]`, `#[asyncio::main]`, `#[asyncio::test]`
//! and the arguments of `gather!`, `wait_first!` and `wait_for!` are searched for calls that do so, and
//! each is a warning at the call:
//!
//! ```text
//! warning: use of deprecated constant `asyncio::blocking::thread_sleep`: it blocks the event loop, and
//!          all other tasks with it: use `asyncio::sleep(..).await`
//!  --> src/main.rs:4:18
//!   |
//! 4 |     std::thread::sleep(Duration::from_secs(1));
//!   |                  ^^^^^
//! ```
//!
//! It is the `deprecated` lint of rustc that says so, since it is the one lint that a macro can raise;
//! the constants here are deprecated for that reason only and have no other use. Where a call is right
//! as it is, `#[allow(deprecated)]` or `#[expect(deprecated)]` on its statement or on the function
//! silences the warning.
//!
//! The search goes by how a call is written. It does not see a `sleep(..)` imported from `std::thread`,
//! or a call in another function; what runs on another thread (`to_thread`, `spawn_blocking`), closures
//! and nested items are not searched, and an awaited call is never taken for a blocking one. To forbid
//! such calls everywhere there is clippy's [`disallowed_methods`].
//!
//! [`disallowed_methods`]: https://rust-lang.github.io/rust-clippy/stable/index.html#disallowed_methods
#![allow(non_upper_case_globals)]

macro_rules! blocking {
    ($( $(#[doc = $doc:literal])* $name:ident: $note:literal; )*) => { $(
        $(#[doc = $doc])*
        #[deprecated(note = $note)]
        pub const $name: () = ();
    )* };
}

blocking! {
    /// [`std::thread::sleep`] puts the whole thread to sleep.
    ///
    /// Write `asyncio::sleep(1).await`, which lets other tasks run in the meantime.
    thread_sleep: "it blocks the event loop, and all other tasks with it: use `asyncio::sleep(..).await`";

    /// [`std::thread::park`] stops the whole thread until another one unparks it.
    ///
    /// Write `event.wait().await` with an `asyncio::Event`.
    thread_park: "it blocks the event loop, and all other tasks with it: use an `asyncio::Event`";

    /// The functions of [`std::fs`] wait for the disk.
    ///
    /// Run them on another thread, `asyncio::to_thread(|| std::fs::read("x")).await`, or use `tokio::fs`.
    fs: "it blocks the event loop, and all other tasks with it: use `asyncio::to_thread(|| ..).await`, or `tokio::fs`";

    /// [`std::net::TcpStream::connect`] and its like wait for the network, and so does every read and
    /// write of what they return.
    ///
    /// Write `asyncio::open_connection(..).await`.
    net_connect: "it blocks the event loop, and all other tasks with it: use `asyncio::open_connection(..).await`";

    /// A [`std::net::TcpListener`] waits for connections in `accept`.
    ///
    /// Write `asyncio::start_server(..).await`.
    net_listen: "it blocks the event loop, and all other tasks with it: use `asyncio::start_server(..).await`";

    /// A [`std::net::UdpSocket`] waits for datagrams in `recv`.
    ///
    /// Use `tokio::net::UdpSocket`.
    net_datagram: "it blocks the event loop, and all other tasks with it: use `tokio::net::UdpSocket`";

    /// Reading from [`std::io::stdin`] waits for somebody to type.
    ///
    /// Read on another thread, `asyncio::to_thread(|| std::io::read_to_string(std::io::stdin())).await`,
    /// or use `tokio::io::stdin`.
    stdin: "it blocks the event loop, and all other tasks with it: use `asyncio::to_thread(|| ..).await`, or `tokio::io::stdin`";

    /// [`std::process::Command`] waits for the process to end in `output` and `status`, as a child does
    /// in `wait`.
    ///
    /// Write `asyncio::create_subprocess_exec(..)`, or use `tokio::process::Command`.
    process: "it blocks the event loop, and all other tasks with it: use `asyncio::create_subprocess_exec(..)`, or `tokio::process`";

    /// `reqwest::blocking` waits for the response, and panics inside Tokio.
    ///
    /// Use the async client: `reqwest::get(..).await`.
    reqwest_blocking: "it blocks the event loop, and all other tasks with it: use the async `reqwest::Client`";

    /// `block_on` (and `asyncio::run`) runs another event loop inside this one, and panics inside Tokio.
    ///
    /// `.await` the future.
    block_on: "it blocks the event loop, and all other tasks with it: `.await` the future";

    /// The guard of a [`std::sync::Mutex`] or [`std::sync::RwLock`] that is held across an `.await`: a
    /// task that locks it in the meantime blocks the thread, and on one thread that is a deadlock.
    ///
    /// Drop the guard before the `.await`, by a block of its own or by `drop(guard)`, or use an
    /// `asyncio::Lock`, for which other tasks wait without blocking.
    lock_across_await: "its guard is held across an `.await`, so another task that locks it blocks the event loop: drop the guard first, or use an `asyncio::Lock`";

    /// A time limit inside of a shorter one is never reached: the outer one ends both.
    ///
    /// This one blocks nothing; it is here as it is found in the same way, where both are literals. Drop the
    /// inner limit, or give the outer one more time.
    longer_than_the_limit_around_it: "it is never reached: the time limit around it is shorter";
}
