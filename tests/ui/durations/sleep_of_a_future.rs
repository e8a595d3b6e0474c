use asyncio::sleep;

async fn work() {}

async fn f() {
    sleep!(work()).await; //~ ERROR expected a duration, found `impl Future<Output = ()>`
}

fn main() {
    let _ = f();
}
