async fn f() {
    let text = "2s";
    asyncio::sleep!(text).await; //~ ERROR expected a duration, found `&str`
}

fn main() {
    let _ = f();
}
