use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first!(if let n = plain { //~ ERROR expected a future, found a function that returns one
        drop(n);
    });
}

fn main() {
    let _ = f();
}
