// Two reports, of rustc alone: a method that the trait does not have, and one that is missing.

use asyncio::AsyncExit;

struct Connection;

impl AsyncExit for Connection { //~ ERROR not all trait items implemented, missing: `exit`
    async fn aexit(self) {} //~ ERROR method `aexit` is not a member of trait `AsyncExit`
}

fn main() {}
