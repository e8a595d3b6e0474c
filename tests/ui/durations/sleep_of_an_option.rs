use asyncio::sleep;

async fn f() {
    let limit = Some(1.5);
    sleep!(limit).await; //~ ERROR expected a duration, found an `Option` of one
}

fn main() {
    let _ = f();
}
