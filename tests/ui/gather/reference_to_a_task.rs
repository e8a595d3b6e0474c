use asyncio::{create_task, gather};

async fn plain(n: u32) -> u32 {
    n
}

async fn f() {
    let task = create_task(plain(1));
    let _ = gather!(&task).await; //~ ERROR expected a future, found a shared reference to one
}

fn main() {
    let _ = f();
}
