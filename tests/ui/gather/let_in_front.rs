use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    gather!(let a = plain(1), let b = plain(2)).await; //~ ERROR `gather!` gives all of its results at once
}

fn main() {
    let _ = f();
}
