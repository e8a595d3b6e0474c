use asyncio::sleep;

async fn f() {
    let n = sleep!(1s, 42).await; //~ ERROR expected one duration
    drop(n);
}

fn main() {
    let _ = f();
}
