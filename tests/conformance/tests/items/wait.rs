//! W. `wait`.

use asyncio_conformance::items;

items! {}
