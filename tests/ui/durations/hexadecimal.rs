use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!(0x10s); //~ ERROR a duration is written in decimal

fn main() {}
