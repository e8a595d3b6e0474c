use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let mut one = plain(1);
    wait_first!(if let n = &mut one { //~ ERROR expected a future, found one that is not pinned
        drop(n);
    } else if let _ = plain(2) {
    });
}

fn main() {
    let _ = f();
}
