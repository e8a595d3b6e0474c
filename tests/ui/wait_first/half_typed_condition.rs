use asyncio::wait_first;

async fn f() {
    wait_first!(if let n = {
    }); //~ ERROR expected the block of this branch
}

fn main() {
    let _ = f();
}
