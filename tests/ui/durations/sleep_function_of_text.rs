use asyncio::sleep;

async fn f() {
    sleep("2s").await; //~ ERROR expected a duration, found `&str`
}

fn main() {
    let _ = f();
}
