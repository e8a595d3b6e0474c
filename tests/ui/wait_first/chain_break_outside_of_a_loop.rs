use asyncio::{sleep, wait_first};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first!(if let _ = plain(1) {
        break; //~ ERROR `break` inside `async` function
    } else if let _ = sleep(1) {
    });
}

fn main() {
    let _ = f();
}
