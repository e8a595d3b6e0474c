use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first! { n = plain(1), if true => drop(n) }; //~ ERROR a condition of `tokio::select!` comes before the `let` here
}

fn main() {
    let _ = f();
}
