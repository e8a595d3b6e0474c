use asyncio::wait_first;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    wait_first!(loop { //~ ERROR the loop goes around the macro
        if let n = plain(1) {
            drop(n);
        }
    });
}

fn main() {
    let _ = f();
}
