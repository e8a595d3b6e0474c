use asyncio::sleep;

async fn f() {
    sleep!(delay = 1s).await; //~ ERROR a duration has no name
}

fn main() {
    let _ = f();
}
