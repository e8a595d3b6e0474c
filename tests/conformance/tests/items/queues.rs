//! Q. Queues.

use asyncio_conformance::items;

items! {}
