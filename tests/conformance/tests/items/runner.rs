//! R. `run`, `Runner`, interrupts.

use asyncio_conformance::items;

items! {}
