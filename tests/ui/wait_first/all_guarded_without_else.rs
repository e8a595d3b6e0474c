use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let on = true;
    wait_first!(if on && let n = plain(1) { //~ ERROR every branch has a condition
        println!("{n}");
    });
}

fn main() {
    let _ = f();
}
