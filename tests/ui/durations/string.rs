use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!("5 minutes"); //~ ERROR a duration is not a string

fn main() {}
