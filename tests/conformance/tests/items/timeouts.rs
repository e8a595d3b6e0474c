//! X. `timeout`, as far as it concerns nobody but the body.

use asyncio_conformance::items;

items! {}
