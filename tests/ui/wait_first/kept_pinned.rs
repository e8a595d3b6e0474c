#![deny(deprecated)]

use asyncio::{sleep, wait_first};

async fn f() {
    let lock = asyncio::Lock::new(());
    let mut kept = Box::pin(async {
        let _guard = lock.acquire().await;
    });
    wait_first!(if let () = kept.as_mut() { //~ ERROR this future is kept but not polled while a block awaits
        println!("done");
    } else if let _ = sleep(1) {
        let _guard = lock.acquire().await;
    });
}

fn main() {
    let _ = f();
}
