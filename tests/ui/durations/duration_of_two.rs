use asyncio::duration;

async fn f() {
    let _ = duration!(1m, 30s); //~ ERROR expected one duration
}

fn main() {
    let _ = f();
}
