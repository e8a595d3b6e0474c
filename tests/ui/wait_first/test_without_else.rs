use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first!(if let n = plain(1) && n > 3 { //~ ERROR this condition can be false
        println!("{n}");
    });
}

fn main() {
    let _ = f();
}
