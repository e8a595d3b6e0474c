fn body() {
    let lock = asyncio::Lock::new(());
    lock.release(); //~ ERROR no method named `release` found
}

fn main() {
    body();
}
