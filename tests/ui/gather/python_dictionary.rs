use asyncio::gather;

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let _ = gather!({ "a": plain(1), "b": plain(2) }).await; //~ ERROR Rust has no dictionaries
}

fn main() {
    let _ = f();
}
