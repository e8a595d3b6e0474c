use asyncio::duration;

async fn f() {
    let n = 2;
    let _ = duration!(n); //~ ERROR `duration!` takes a literal such as `2s`, `500ms` or `1h30m`
}

fn main() {
    let _ = f();
}
