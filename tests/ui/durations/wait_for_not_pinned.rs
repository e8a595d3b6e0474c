use asyncio::wait_for;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let mut one = plain(1);
    let _ = wait_for!(&mut one, 2s).await; //~ ERROR expected a future, found one that is not pinned
}

fn main() {
    let _ = f();
}
