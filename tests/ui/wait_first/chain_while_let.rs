use asyncio::wait_first;

async fn get() -> Option<u32> {
    None
}

async fn f() {
    wait_first!(while let Some(n) = get() { //~ ERROR the loop goes around the macro
        drop(n);
    });
}

fn main() {
    let _ = f();
}
