use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first!(if let n = plain(1).await { //~ ERROR `wait_first!` awaits this future itself
        println!("{n}");
    });
}

fn main() {
    let _ = f();
}
