use asyncio::sleep;

async fn f() {
    sleep!().await; //~ ERROR expected a duration such as `2s`, `500ms` or `1h30m`
}

fn main() {
    let _ = f();
}
