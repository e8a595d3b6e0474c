use asyncio::timeout;

#[timeout(2s)]
async fn f() -> ! { //~ ERROR but it never returns
    std::future::pending().await
}

fn main() {}
