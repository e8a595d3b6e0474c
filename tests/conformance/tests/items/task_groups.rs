//! K. Task groups.

use asyncio_conformance::items;

items! {}
