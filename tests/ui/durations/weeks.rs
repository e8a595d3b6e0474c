use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!(2w); //~ ERROR `w` is not a unit of time

fn main() {}
