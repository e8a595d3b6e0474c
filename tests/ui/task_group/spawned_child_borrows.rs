use asyncio::task_group;

async fn length(text: &str) {
    drop(text.len());
}

async fn f() {
    let text = String::from("x");
    let _ = task_group!(|tg| {
        tg.spawn(length(&text)); //~ ERROR `text` does not live long enough
    })
    .await;
}

fn main() {
    let _ = f();
}
