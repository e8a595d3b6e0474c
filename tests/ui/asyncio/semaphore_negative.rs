fn body() {
    let _ = asyncio::Semaphore::new(-1); //~ ERROR cannot apply unary operator `-`
}

fn main() {
    body();
}
