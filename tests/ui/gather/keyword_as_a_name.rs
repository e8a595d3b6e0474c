use asyncio::gather;

async fn f() {
    let _ = gather!(type = async { 1 }).await; //~ ERROR `type` is a keyword
}

fn main() {
    let _ = f();
}
