//! The documentation has the table as it is now.

use asyncio_conformance::docs;

#[test]
fn the_documentation_is_current() {
    let faults = docs::faults().expect("the files can be read");
    assert!(
        faults.is_empty(),
        "{faults:?}: `cargo run -p asyncio-conformance -- --write`"
    );
}
