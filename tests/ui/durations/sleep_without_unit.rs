async fn f() {
    asyncio::sleep!(2).await; //~ ERROR missing unit
}

fn main() {
    let _ = f();
}
