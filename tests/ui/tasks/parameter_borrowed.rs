use asyncio::create_task;

async fn length(text: &str) {
    drop(text.len());
}

async fn f(text: &str) {
    create_task(length(text)); //~ ERROR borrowed data escapes outside of function
}

fn main() {
    let _ = f("x");
}
