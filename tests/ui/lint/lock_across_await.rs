// One warning for each of several mistakes.

#![deny(deprecated)]

use asyncio::timeout;
use std::sync::{Mutex, RwLock};

#[timeout(2s, or = ())]
async fn f() {
    let shared = Mutex::new(1);
    let mut guard = shared.lock().unwrap(); //~ ERROR its guard is held across an `.await`
    asyncio::sleep(1).await;
    *guard += 1;
    drop(guard);
    let table = RwLock::new(1);
    let read: std::sync::RwLockReadGuard<'_, i32> = table.read().expect("not poisoned"); //~ ERROR its guard is held across an `.await`
    if *read > 0 {
        asyncio::sleep(1).await;
    }
}

fn main() {}
