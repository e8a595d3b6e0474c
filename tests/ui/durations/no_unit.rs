use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!(2); //~ ERROR invalid duration `2`: missing unit

fn main() {}
