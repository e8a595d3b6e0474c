fn body() {
    asyncio::run(123); //~ ERROR is not a future
}

fn main() {
    body();
}
