use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first! {
        biased; //~ ERROR branches are polled in the order written
        n = plain(1) => println!("{n}"),
    }
}

fn main() {
    let _ = f();
}
