use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!(1s2s); //~ ERROR its units are out of order

fn main() {}
