// rustc quotes no bound under E0521, unlike under E0597 (`future_borrows`), and so nothing of ours can say "task group"
// here: however `'static` is asked for (of the type, by another trait, by a method), it says the same.

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
