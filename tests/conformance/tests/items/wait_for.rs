//! F. `wait_for`.

use asyncio_conformance::items;

items! {}
