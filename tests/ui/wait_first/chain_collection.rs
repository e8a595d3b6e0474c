use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let all = vec![plain(1), plain(2)];
    wait_first!(if let n = all { //~ ERROR expected a future, found a collection of futures
        drop(n);
    });
}

fn main() {
    let _ = f();
}
