//! X. `timeout`, and the task that is around it.

use asyncio_conformance::items;

items! {}
