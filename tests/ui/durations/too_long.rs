use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!(99999999999999d); //~ ERROR it is too long

fn main() {}
