//! H. `shield`.

use asyncio_conformance::items;

items! {}
