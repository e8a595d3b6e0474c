use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!(-1s); //~ ERROR a duration cannot be negative

fn main() {}
