use asyncio::gather;

async fn f() {
    let _ = gather!(..).await; //~ ERROR expected an iterator of futures after `..`
}

fn main() {
    let _ = f();
}
