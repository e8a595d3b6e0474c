use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f(on: bool) {
    wait_first!(if let n = plain(1) || on { //~ ERROR every branch of `wait_first!` names its future: `if let pattern =
        drop(n);
    });
}

fn main() {
    let _ = f(true);
}
