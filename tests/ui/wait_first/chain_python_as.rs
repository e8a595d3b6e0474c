use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first!(if plain(1) as n { //~ ERROR every branch of `wait_first!` names its future: `if let pattern =
        drop(n);
    });
}

fn main() {
    let _ = f();
}
