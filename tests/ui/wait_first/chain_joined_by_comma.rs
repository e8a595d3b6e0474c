use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first!(if let n = plain(1) { drop(n) }, if let n = plain(2) { drop(n) }); //~ ERROR the branches of a chain are joined by `else`
}

fn main() {
    let _ = f();
}
