use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first! {
        n = plain(1) => println!("{n}"), //~ ERROR this is `tokio::select!` syntax
        _ = plain(2) => {}
    }
}

fn main() {
    let _ = f();
}
