async fn length(text: &str) -> usize {
    text.len()
}

async fn f() {
    let text = String::from("x");
    let task = tokio::spawn(length(&text));
    drop(task.await);
}

fn main() {
    drop(f());
}
