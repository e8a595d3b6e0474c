use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!(true); //~ ERROR expected a duration such as `2s`

fn main() {}
