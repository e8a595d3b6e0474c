use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!(2 s); //~ ERROR a duration is one word

fn main() {}
