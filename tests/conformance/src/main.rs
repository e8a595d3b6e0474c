//! Prints how many items conform, and the table.

use asyncio_conformance::table;

fn main() {
    print!("{}", table::markdown());
}
