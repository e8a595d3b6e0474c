use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!(..[plain(1)], limit = 0).await; //~ ERROR with a limit of 0 no branch ever runs
}

fn main() {
    let _ = f();
}
