use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!(5S); //~ ERROR `S` is not a unit of time

fn main() {}
