use asyncio::sleep;

async fn f() {
    sleep!(inf).await; //~ ERROR cannot find value `inf` in this scope
}

fn main() {
    let _ = f();
}
