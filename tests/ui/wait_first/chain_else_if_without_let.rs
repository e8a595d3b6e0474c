use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first!(if let n = plain(1) {
        drop(n);
    } else if plain(2) { //~ ERROR every branch of `wait_first!` names its future: `if let pattern =
    });
}

fn main() {
    let _ = f();
}
