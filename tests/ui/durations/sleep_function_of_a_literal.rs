use asyncio::sleep;

async fn f() {
    sleep(2s).await; //~ ERROR invalid suffix `s`
}

fn main() {
    let _ = f();
}
