use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first!(if let n = plain(1) && let m = plain(n) { //~ ERROR each branch waits for one future
        println!("{n}");
    });
}

fn main() {
    let _ = f();
}
