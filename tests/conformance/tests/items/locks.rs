//! L. Locks.

use asyncio_conformance::items;

items! {}
