use asyncio::wait_first;

async fn f() {
    let tasks = vec![String::new()];
    let _ = wait_first!(..tasks).await; //~ ERROR `Vec<String>` is neither
}

fn main() {
    let _ = f();
}
