//! N. Streams and subprocesses.

use asyncio_conformance::items;

items! {}
