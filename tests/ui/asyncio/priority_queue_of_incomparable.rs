use std::collections::HashMap;

fn main() {
    let queue = asyncio::PriorityQueue::new(0); //~ ERROR `HashMap<&str, {integer}>: Ord` is not satisfied
    let _ = queue.put_nowait((1, HashMap::from([("x", 1)])));
}
