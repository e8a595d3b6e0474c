use asyncio::to_thread;

async fn f() {
    let text = String::from("x");
    let _ = to_thread(|| text.len()).await; //~ ERROR closure may outlive the current function, but it borrows `text`,
}

fn main() {
    let _ = f();
}
