fn body(event_loop: &asyncio::LoopHandle) {
    let _ = event_loop.add_signal_handler(10, async || {}); //~ ERROR to return `()`
}

fn main() {
    let _: fn(&asyncio::LoopHandle) = body;
}
