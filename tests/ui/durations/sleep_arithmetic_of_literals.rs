use asyncio::sleep;

async fn f() {
    sleep!(1s + 500ms).await; //~ ERROR `1s` has to stand alone to be a duration
}

fn main() {
    let _ = f();
}
