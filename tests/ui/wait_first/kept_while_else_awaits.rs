#![deny(deprecated)]

use asyncio::wait_first;

async fn f() {
    let lock = asyncio::Lock::new(());
    let mut kept = Box::pin(async {
        let _guard = lock.acquire().await;
    });
    wait_first!(if let n @ 1.. = async { 1 } {
        println!("{n}");
    } else if let () = &mut kept { //~ ERROR this future is kept but not polled while a block awaits
        println!("done");
    } else {
        let _guard = lock.acquire().await;
    });
}

fn main() {
    let _ = f();
}
