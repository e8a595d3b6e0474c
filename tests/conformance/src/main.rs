//! Prints how many items conform, and the table; with `--write` the documentation gets both.

use asyncio_conformance::{docs, table};
use std::{env, io};

fn main() -> io::Result<()> {
    if env::args().any(|argument| argument == "--write") {
        return docs::write();
    }
    print!("{}", table::markdown());
    Ok(())
}
