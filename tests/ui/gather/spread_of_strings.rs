use asyncio::gather;

async fn f() {
    let urls = vec![String::new()];
    let _ = gather!(..urls).await; //~ ERROR the items of this one are `String`
}

fn main() {
    let _ = f();
}
