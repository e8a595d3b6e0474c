use asyncio::sleep;

async fn f() {
    sleep!(-1s).await; //~ ERROR a duration cannot be negative
}

fn main() {
    let _ = f();
}
