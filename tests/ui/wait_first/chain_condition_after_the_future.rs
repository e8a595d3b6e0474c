use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first!(if let n = plain(1) if true { drop(n) }); //~ ERROR a condition comes before the `let`
}

fn main() {
    let _ = f();
}
