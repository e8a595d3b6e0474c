use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first!(if plain(1) { //~ ERROR every branch of `wait_first!` names its future
        println!("done");
    });
}

fn main() {
    let _ = f();
}
