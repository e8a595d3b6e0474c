use asyncio::wait_first;

async fn f() {
    let _ = wait_first!(..).await; //~ ERROR expected tasks after `..`
}

fn main() {
    let _ = f();
}
