fn body() {
    let mut runner = asyncio::Runner::new();
    drop(runner);
    runner.run(async {}); //~ ERROR borrow of moved value: `runner`
}

fn main() {
    body();
}
