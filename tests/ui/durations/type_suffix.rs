use asyncio::duration;
use std::time::Duration;

const LENGTH: Duration = duration!(2u64); //~ ERROR invalid duration `2u64`: missing unit

fn main() {}
