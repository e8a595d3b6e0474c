use asyncio::gather;

async fn length(text: &str) -> usize {
    text.len()
}

async fn f() {
    let both = {
        let text = String::from("x");
        gather!(length(&text), length(&text)) //~ ERROR `text` does not live long enough
    };
    both.await;
}

fn main() {
    let _ = f();
}
