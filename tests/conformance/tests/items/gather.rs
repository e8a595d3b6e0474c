//! G. `gather`.

use asyncio_conformance::items;

items! {}
