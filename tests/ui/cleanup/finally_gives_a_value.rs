use asyncio::finally;

async fn f() {
    let _cleanup = finally(async { Ok::<(), std::io::Error>(()) }); //~ ERROR type mismatch resolving `<{async
}

fn main() {
    let _ = f();
}
