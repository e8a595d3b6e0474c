// One warning for each of several mistakes.

#![deny(unfulfilled_lint_expectations)]

use asyncio::timeout;

#[timeout(2s, or = ())]
async fn f() {
    #[expect(deprecated)] //~ ERROR this lint expectation is unfulfilled
    asyncio::sleep(1).await;
}

#[timeout(2s, or = ())]
#[expect(deprecated)] //~ ERROR this lint expectation is unfulfilled
async fn g() {
    asyncio::sleep(1).await;
}

fn main() {}
