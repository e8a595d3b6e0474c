use asyncio::sleep;

async fn f() {
    let text = String::from("2s");
    sleep!(text).await; //~ ERROR expected a duration, found `String`
}

fn main() {
    let _ = f();
}
