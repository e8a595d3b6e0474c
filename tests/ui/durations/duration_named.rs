use asyncio::duration;

async fn f() {
    let _ = duration!(seconds = 2); //~ ERROR a duration has no name
}

fn main() {
    let _ = f();
}
