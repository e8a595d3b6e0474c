use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!(1s, 2s); //~ ERROR expected one duration

fn main() {}
