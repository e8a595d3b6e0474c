use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!(1e3s); //~ ERROR a duration has no exponent

fn main() {}
