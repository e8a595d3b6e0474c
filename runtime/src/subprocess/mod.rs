//! Subprocesses: `Lib/asyncio/subprocess.py`.
//!
//! ```
//! use asyncio::create_subprocess_exec;
//! use asyncio::subprocess::PIPE;
//!
//! # #[cfg(unix)]
//! #[asyncio::main]
//! async fn main() -> std::io::Result<()> {
//!     let mut sort = create_subprocess_exec("sort", ["-r"])
//!         .stdin(PIPE)
//!         .stdout(PIPE)
//!         .await?;
//!     let (stdout, _) = sort.communicate("a\nc\nb\n").await?;
//!     assert_eq!(stdout, b"c\nb\na\n");
//!     assert_eq!(sort.returncode(), Some(0));
//!     Ok(())
//! }
//! # #[cfg(not(unix))]
//! # fn main() {}
//! ```

mod builder;
mod child;
mod process;
mod stdio;

pub use builder::{CreateSubprocess, Spawn, create_subprocess_exec, create_subprocess_shell};
pub use child::{ProcessLookupError, ProcessWait};
pub use process::Process;
pub use stdio::Stdio;

/// A pipe to the child: `asyncio.subprocess.PIPE`.
pub const PIPE: Stdio = Stdio::Pipe;
/// Standard error goes where standard output goes: `asyncio.subprocess.STDOUT`.
pub const STDOUT: Stdio = Stdio::Stdout;
/// Nowhere: `asyncio.subprocess.DEVNULL`.
pub const DEVNULL: Stdio = Stdio::Null;
