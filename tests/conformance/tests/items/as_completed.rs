//! A. `as_completed`.

use asyncio_conformance::items;

items! {}
