//! D. Threads.

use asyncio_conformance::items;

items! {}
