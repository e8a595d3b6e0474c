use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!(0.1ns); //~ ERROR is finer than a nanosecond

fn main() {}
