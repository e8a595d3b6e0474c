use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!(30sec); //~ ERROR `sec` is not a unit of time

fn main() {}
