use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!(1.5h30m); //~ ERROR has a fraction, and more follows

fn main() {}
