use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!(1h 30m); //~ ERROR a duration is one word

fn main() {}
