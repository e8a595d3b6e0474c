async fn length(text: &str) {
    let _ = text.len();
}

async fn body() {
    let _ = asyncio::task_group!(|tg| {
        let local = String::from("in the body");
        tg.create_task(length(&local)); //~ ERROR `local` does not live long enough
    })
    .await;
}

fn main() {
    let _ = body();
}
