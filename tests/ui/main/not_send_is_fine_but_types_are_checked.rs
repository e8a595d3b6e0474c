use std::rc::Rc;

#[asyncio::main]
async fn main() {
    let shared: Rc<u32> = Rc::new("1"); //~ ERROR mismatched types
    asyncio::sleep(1).await;
    drop(shared);
}
