use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!(1h30); //~ ERROR missing unit after `30`

fn main() {}
