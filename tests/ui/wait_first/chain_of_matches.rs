use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first!(match plain(1) { //~ ERROR a race is no `match`
        n => drop(n),
    });
}

fn main() {
    let _ = f();
}
