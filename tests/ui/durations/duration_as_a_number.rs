use asyncio::duration;

async fn f() {
    let seconds: f64 = duration!(2s); //~ ERROR mismatched types
    drop(seconds);
}

fn main() {
    let _ = f();
}
