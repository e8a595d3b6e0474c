use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!(30m1h); //~ ERROR its units are out of order

fn main() {}
