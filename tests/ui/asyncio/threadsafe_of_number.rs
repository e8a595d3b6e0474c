fn body(event_loop: &asyncio::LoopHandle) {
    let _ = asyncio::run_coroutine_threadsafe(1, event_loop); //~ ERROR is not a future
}

fn main() {
    let _: fn(&asyncio::LoopHandle) = body;
}
