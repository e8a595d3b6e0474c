async fn length(text: &str) {
    let _ = text.len();
}

async fn body() {
    let tg = asyncio::TaskGroup::<std::convert::Infallible>::new();
    {
        let short = String::from("short");
        tg.create_task(length(&short)); //~ ERROR `short` does not live long enough
    }
    let _ = tg.run(async {}).await;
}

fn main() {
    let _ = body();
}
