use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!(2x); //~ ERROR `x` is not a unit of time

fn main() {}
