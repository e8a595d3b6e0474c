use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!(LIMIT); //~ ERROR `duration!` takes a literal

fn main() {}
